"""A machine that holds conversations nobody would hold, and checks after every turn what must always be true.

It talks to the real dialogue, cases, rules and referrals. What a language model might have read in a message is chosen
at random, for the dialogue may trust no reading.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import string
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import dialogue
import eligibility
import texts as catalogue_of_texts
from cases.errors import CaseNotFound
from dialogue import conversation as memory
from dialogue.services import Services
from dialogue.understood import Act, Doubt
from eligibility import answers
from referrals.states import OPEN, Actor, State
from tests.dialogue.rules import intents
from tests.dialogue.talk import DirectTalk, Heard
from web.chat import payloads

START = dt.datetime(2026, 11, 20, 10, 0, tzinfo=dt.UTC)
ROLES = ("cittadino", "medico", "sportello")
NAMES = ("Zaira Quintavalle", "Uberto Pallastrelli")
PHONES = ("3479988776", "+39 02 99887766")
MAILS = ("zaira.quintavalle@example.org", "u.pallastrelli@example.net")
# Nothing that a person reads may hold these.
_RAW = re.compile(r"Traceback|Exception|\bNone\b|<[a-z_]+\.|\{[a-z_]+\}")
_MOST_BYTES = 120_000  # of a conversation's state: it must not grow without bound

_oddities = st.sampled_from(
    [
        "", " ", "?", "...", "👍", "😭😭😭", "\u202e\u200b\ufeff", "\x00\x07\x1b[31m", "/affirm", "/inform{\"eta\": 5}",
        "<script>alert(1)</script>", "'; DROP TABLE case_record; --", "{telefono}", "{0.__class__}", "%s%n", "\ufdfa" * 20,
        "a" * 4000, "no " * 900, "1234567890" * 30, "الدولة", "你好", "né sì né no", "70 anzi 67 anzi 80",
    ]
)  # fmt: skip
_sayings = st.sampled_from(
    [
        "sì", "no", "non lo so", "boh", "indietro", "basta", "il primo", "il secondo", "quello di Monza", "mi chiamo " + NAMES[0],
        NAMES[1], *PHONES, *MAILS, "mandami il risultato per e-mail", "vorrei stampare il risultato", "no scusi, era il 67",
        "cancella tutto", "voglio un operatore", "perché?", "mi richiami domani alle 10", "abito a Lodi", "75",
    ]
)  # fmt: skip
texts = st.one_of(_sayings, _sayings, _oddities, st.text(max_size=60), st.text(string.printable, max_size=200))


def _value(fact: Any) -> st.SearchStrategy[Any]:
    if fact.type == "bool":
        return st.booleans() | st.none()
    if fact.type == "enum":
        return st.sampled_from(list(fact.options)) | st.none()
    if fact.type == "int":
        return st.integers(int(fact.minimum), int(fact.maximum)) | st.none()
    if fact.type == "number":
        return st.sampled_from([0, 5, 5.5, 6, 12]) | st.none()
    return st.sampled_from(["Monza", "Lodi", "Novara", "Roccacannuccia", "x", "MONZA\x00"]) | st.none()


_catalogue = eligibility.load().facts
facts = st.dictionaries(st.sampled_from(list(_catalogue)), st.none(), max_size=4).flatmap(
    lambda chosen: st.fixed_dictionaries({name: _value(_catalogue[name]) for name in chosen})
)
contacts = st.dictionaries(
    st.sampled_from(["nome", "telefono", "email"]), st.sampled_from([*NAMES, *PHONES, *MAILS, "x"])
)


_questions = st.sampled_from([answer.id for answer in answers.all()])
_acts = st.lists(
    st.one_of(
        st.builds(lambda id_, sure: Act("ask", {"question": id_}, sure), _questions, st.sampled_from([0.45, 0.9])),
        st.builds(
            lambda first, second: Act("ask", {"question": first, "alternatives": [second, "Q999"]}, 0.45),
            _questions,
            _questions,
        ),
        st.builds(
            lambda measure, aspect: Act("ask", {"measure": measure, "aspect": aspect}),
            st.sampled_from([*eligibility.load().measures, "nessuna"]),
            st.sampled_from(
                ["importo", "documenti", "come", "scadenza", "requisiti", "incompatibilita", "generale", "x"]
            ),
        ),
        st.builds(
            lambda feeling: Act("feel", {"feeling": feeling}), st.sampled_from(["paura", "rabbia", "tristezza", "x"])
        ),
        st.builds(
            lambda polarity: Act("answer", {"polarity": polarity}), st.sampled_from(["yes", "no", "unknown", "x"])
        ),
        st.builds(lambda language: Act("other_language", {"language": language}), st.sampled_from(["en", "ar", "nl"])),
        st.just(Act("courtesy")),
    ),
    max_size=3,
).map(tuple)
_safety = st.sampled_from(["none"] * 12 + ["concern", "emergency"])
_doubts = st.one_of(
    st.just(()),
    st.just(()),
    st.sampled_from(
        [(Doubt("comune", "Roma", 0.4),), (Doubt("invalidita_percento", 70, 0.4),), (Doubt("part_time", True, 0.3),)]
    ),
)


class _Lines(logging.Handler):
    """Everything that is logged, with its arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.getMessage()} {record.exc_text or ''}")


def machine(services: Services) -> type[RuleBasedStateMachine]:
    """The machine over these stores."""

    class Conversation(RuleBasedStateMachine):
        """One conversation."""

        def __init__(self) -> None:
            super().__init__()
            self.talk: DirectTalk | None = None
            self.heard: Heard | None = None
            self.buttons: list[str] = []
            self.turns = 0
            self.before: set[str] = set()
            self.checked: Heard | None = None
            self.logged = _Lines()
            logging.getLogger().addHandler(self.logged)

        def teardown(self) -> None:
            logging.getLogger().removeHandler(self.logged)
            everything = "\n".join(self.logged.lines)
            for personal in (*NAMES, *PHONES, *MAILS):
                assert personal not in everything, "contact data in a log line"

        @initialize(role=st.sampled_from(ROLES), agrees=st.sampled_from(["/affirm", "/affirm", "/deny", None]))
        def open(self, role: str, agrees: str | None) -> None:
            self.talk = DirectTalk(services, role, START)
            self._keep(self.talk.opening)
            if agrees:
                self._press('/inform{"invalidita_percento": 75}')
                self._press(agrees)

        def _keep(self, heard: Heard) -> None:
            self.heard = heard
            self.turns += 1
            offered = [button["payload"] for button in heard.buttons]
            for card in heard.cards:
                offered += [row["payload"] for row in (*card.get("facts", ()), *card.get("sites", ()))]
            self.buttons = [*self.buttons, *offered][-200:]

        def _press(self, payload: str) -> None:
            assert self.talk is not None
            payloads.check(payload)  # what we offer, our own gateway accepts
            self._keep(self.talk.press(payload))

        @precondition(lambda self: self.heard and self.heard.buttons)
        @rule(which=st.integers(0, 30))
        def press_what_is_offered(self, which: int) -> None:
            assert self.heard is not None
            self._press(self.heard.buttons[which % len(self.heard.buttons)]["payload"])

        @precondition(lambda self: self.heard and self.heard.buttons)
        @rule(which=st.integers(0, 30), shout=st.booleans())
        def type_what_is_offered(self, which: int, shout: bool) -> None:
            """Typing the words of a visible button is pressing it."""
            assert self.heard is not None and self.talk is not None
            titles = [button["title"] for button in self.heard.buttons]
            title = titles[which % len(titles)]
            typed = title.upper() + "!" if shout else title
            unique = len({b["payload"] for b in self.heard.buttons if b["title"] == title}) == 1
            self._keep(self.talk.send(dialogue.Understood("nlu_fallback", 0.1, payloads.as_typed(typed))))
            if unique and self.heard.state is not None:
                assert not any(text.startswith(("Scusi, non ho capito", "Non ho capito")) for text in self.heard.texts)

        @precondition(lambda self: self.heard and self.heard.pending in _catalogue)
        @rule(
            words=st.sampled_from(["no, tutti di fila", "sì, con mio fratello Mario", "no, mai visto un gatto verde"])
        )
        def answer_another_question(self, words: str) -> None:
            """A yes or a no about something else is no answer, the first time."""
            assert self.heard is not None and self.talk is not None
            before = (self.heard.state or {}).get("facts", {})
            fact = str(self.heard.pending)
            kept = memory.Conversation.of(services.cases.get(self.talk.case_id).dialogue)
            self._keep(self.talk.say(words, "deny" if words.startswith("no") else "affirm"))
            fresh = not kept.missed.get(fact) and (kept.question or {}).get("step") == "fact"
            if fresh and fact not in before and _catalogue[fact].type == "bool" and self.heard.state is not None:
                assert self.heard.state["facts"].get(fact) is None

        @precondition(lambda self: self.buttons)
        @rule(which=st.integers(0, 199))
        def press_an_old_button(self, which: int) -> None:
            self._press(self.buttons[which % len(self.buttons)])

        @rule(given=facts)
        def answer_by_button(self, given: dict[str, Any]) -> None:
            self._press("/inform" + json.dumps({k: v for k, v in given.items() if v != "MONZA\x00"}))

        @precondition(lambda self: self.heard and self.heard.pending in _catalogue)
        @rule(data=st.data())
        def answer_the_question(self, data: st.DataObject) -> None:
            assert self.heard is not None
            fact = str(self.heard.pending)
            value = data.draw(_value(_catalogue[fact]))
            self._keep(self.talk.say("", facts={fact: value}))  # type: ignore[union-attr]

        @rule(
            text=texts,
            intent=st.sampled_from([*intents(), "nlu_fallback"]),
            given=st.one_of(st.just({}), facts),
            told=st.one_of(st.just({}), contacts),
            confidence=st.sampled_from([0.0, 0.2, 0.45, 0.6, 0.99]),
            acts=st.one_of(st.just(()), _acts),
            safety=_safety,
            uncertain=_doubts,
        )
        def write(
            self,
            text: str,
            intent: str,
            given: dict[str, Any],
            told: dict[str, str],
            confidence: float,
            acts: tuple[Act, ...],
            safety: str,
            uncertain: tuple[Doubt, ...],
        ) -> None:
            assert self.talk is not None
            ranking = ((intent, confidence), ("ask_amount", 0.2), ("ask_human", 0.1))
            said = dialogue.Understood(
                intent, confidence, payloads.as_typed(text), given, told, {}, ranking, acts, safety, uncertain
            )
            self._keep(self.talk.send(said))

        @rule(text=texts)
        def send_the_same_message_twice(self, text: str) -> None:
            assert self.talk is not None
            said = dialogue.Understood("nlu_fallback", 0.3, payloads.as_typed(text))
            identity = f"doppio-{self.turns}"
            first = self.talk.send(said, identity)
            second = self.talk.send(said, identity)
            if first.state is not None:
                assert first.texts == second.texts
            self._keep(first)

        @rule(hours=st.sampled_from([1, 30, 24 * 8, 24 * 40]))
        def let_time_pass(self, hours: int) -> None:
            assert self.talk is not None
            self.talk.now += dt.timedelta(hours=hours)

        @precondition(lambda self: self.heard and self.heard.state and self.heard.state.get("referral"))
        @rule()
        def the_operator_refuses(self) -> None:
            assert self.talk is not None
            newest = services.referrals.for_case(self.talk.case_id)
            if newest is not None and newest.state == State.APERTA:
                services.referrals.transition(newest.code, State.INVIATA, Actor.SISTEMA, self.talk.now)
            elif newest is not None and newest.state == State.INVIATA:
                who = f"operatore:{newest.site.operator_id}"
                services.referrals.transition(newest.code, State.RIFIUTATA, who, self.talk.now, "nessun_posto")

        @invariant()
        def nothing_is_said_twice_running(self) -> None:
            if self.heard is None or self.talk is None or self.heard.state is None:
                return
            said = set(self.heard.texts)
            urgent = any(catalogue_of_texts.say("persone.emergenza") in text for text in said)
            if self.heard is not self.checked and not urgent and self.heard.state.get("mode") == "bot":
                assert not said & self.before, said & self.before
            if self.heard is not self.checked:
                self.checked, self.before = self.heard, said

        # -- what must always be true ------------------------------------------------------------------------------

        @invariant()
        def there_is_always_a_readable_answer(self) -> None:
            if self.heard is None:
                return
            assert self.heard.texts
            for text in self.heard.texts:
                assert text.strip()
                assert not _RAW.search(text.replace("{telefono}", "").replace("{0.__class__}", "")), text
            for button in self.heard.buttons:
                assert button["title"].strip(), button
                payloads.check(button["payload"])

        @invariant()
        def the_verdict_is_the_engines(self) -> None:
            if self.heard is None or self.talk is None:
                return
            try:
                record = services.cases.get(self.talk.case_id)
            except CaseNotFound:
                assert self.heard.state is None
                return
            today = self.talk.now.date()
            measures = memory.Conversation.of(record.dialogue).measures or list(eligibility.CONVERSATION_MEASURES)
            expected = {
                a["measure"]: a["verdict"]
                for a in eligibility.assess(record.facts, today, measures=measures, audience=record.role).to_dict()[
                    "assessments"
                ]
            }
            for card in self.heard.cards:
                if card["kind"] == "esito":
                    shown = {a["measure"]: a["verdict"] for a in card["assessments"]}
                    assert shown == expected

        @invariant()
        def the_case_is_sound(self) -> None:
            if self.heard is None or self.talk is None or self.heard.state is None:
                return
            record = services.cases.get(self.talk.case_id)
            kept = memory.Conversation.of(record.dialogue)
            assert kept.to_dict() == record.dialogue
            assert len(json.dumps(record.dialogue)) < _MOST_BYTES
            assert eligibility.load().validate(record.facts) == record.facts
            if not kept.health:
                assert not [fact for fact in record.facts if _catalogue[fact].sensitive]
            still_open = [r for r in services.referrals.all_for_case(record.id) if r.state in OPEN]
            assert len(still_open) <= 1

    return Conversation
