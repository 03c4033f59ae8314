"""A fact that the engine wants to know, or that is asked again."""

from __future__ import annotations

import unicodedata
from typing import Any

from dialogue import asking, intake, offers, words
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn

# Topics that read answers: in the others the value must be in the message.
_ANSWERS = ("risposta", "non_capito")
# Shorter words hold no matter of their own; a stem is what two forms of a word share.
_LONG_ENOUGH, _STEM = 4, 5
# So many words about something else make a yes or a no doubtful.
_FOREIGN = 2
_FILLERS = frozenset(
    "sicuro sicura sono certo certa certamente esatto esattamente assolutamente così cosi direi penso credo grazie "
    "proprio sempre purtroppo fortunatamente davvero veramente affatto niente nulla allora ancora anche perché perche".split()
)


class Fact(Base):
    """Open while something is worth asking; see :func:`dialogue.asking.next_fact`."""

    name = "fact"

    def public(self, turn: Turn) -> str:
        """The fact."""
        return asking.next_fact(turn) or ""

    def is_open(self, turn: Turn) -> bool:
        """Whether the engine, or the person, wants a fact."""
        return asking.next_fact(turn) is not None

    def buttons(self, turn: Turn) -> list[Button]:
        """The answers, with a way out for who does not know."""
        return offers.answers(turn, self.public(turn))

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Ask, or say which two facts do not go together."""
        conversation, fact = turn.conversation, self.public(turn)
        if clash := asking.clashing(turn):
            self._say_clash(turn, *clash)
            return
        if not conversation.trail or conversation.trail[-1] != fact:
            conversation.trail.append(fact)
        group = offers.of_group(turn, fact, str(turn.understood.choices.get("gruppo")))
        if group:
            turn.say(f"gruppi.{fact}_quale", buttons=[*group, turn.button("non_so", "/dont_know")])
            return
        turn.say_text(f"{before} {words.question(turn, fact, times)}".strip(), offers.answers(turn, fact))

    def _say_clash(self, turn: Turn, first: str, second: str, reason: str) -> None:
        turn.conversation.clashes.append(asking.signature(turn, first, second))
        asking.again(turn, second)
        turn.say(
            "colloquio.contrasto",
            motivo=reason,
            buttons=[
                turn.button("cambia", offers.reopen(fact), che_cosa=words.label(turn, fact)) for fact in (first, second)
            ],
        )

    def read(self, turn: Turn, topic: str) -> bool:
        """Read the value: from the message, or from its yes, its no or its not knowing."""
        conversation, understood, fact = turn.conversation, turn.understood, turn.conversation.open
        if fact not in turn.ruleset.facts:
            return False
        if offers.of_group(turn, fact, str(understood.choices.get("gruppo"))):
            conversation.asked[fact] = max(0, conversation.asked.get(fact, 0) - 1)
            conversation.misunderstood = 0
            return True
        given = dict(understood.facts)
        if fact not in given and topic in (*_ANSWERS, "correggi"):
            given |= self._meant(turn, fact, topic)
        if fact in given:
            by_the_way = topic == "domanda_laterale" and understood.is_sure
            mine = not by_the_way and topic != "indietro" and not (topic == "correggi" and fact in turn.facts)
        else:
            mine = topic in _ANSWERS and bool(given)
        if not mine:
            return self._nothing(turn, topic, fact)
        taken = intake.take(turn, given)
        conversation.misunderstood = 0
        conversation.missed.pop(fact, None)
        intake.report(turn, taken, asked=fact)
        if given.get(fact, "") is None and fact in taken.new:
            turn.say("colloquio.non_lo_sa", variant=len(conversation.trail))
        if fact in taken.errors:
            turn.doubtful = True
        return True

    def _nothing(self, turn: Turn, topic: str, fact: str) -> bool:
        """No value in the message: a contact told too early, both values confirmed, or something else."""
        conversation = turn.conversation
        if topic not in _ANSWERS or turn.doubtful:
            return turn.doubtful
        if turn.understood.contacts and not turn.understood.facts:
            turn.say("colloquio.recapito_dopo")
            return True
        if fact in conversation.reopened and fact in turn.facts and turn.understood.says_yes:
            conversation.reopened.remove(fact)  # the person means what was said
            return True
        return False

    def _meant(self, turn: Turn, fact: str, topic: str) -> dict[str, Any]:
        """The value that the words stand for in the light of the question."""
        understood, described = turn.understood, turn.ruleset.facts[fact]
        yes, no = self._yes_no(turn, topic)
        if understood.knows_not or understood.polarity == "not_applicable":
            return {fact: None}
        if understood.facts:
            return {}
        if described.type == "bool" and (yes or no):
            if self._about_something_else(turn, fact):
                turn.doubtful = True
                return {}
            return {fact: yes}
        if fact in offers.NONE_IS_ZERO and no:
            return {fact: 0}
        if fact == "comune" and not understood.is_button and understood.intent == "inform":
            return {fact: understood.text}
        return {}

    @staticmethod
    def _yes_no(turn: Turn, topic: str) -> tuple[bool, bool]:
        understood = turn.understood
        if topic != "correggi":
            return understood.says_yes, understood.says_no and not understood.says_yes
        # "No, it was several periods" corrects nothing that was noted: it answers what is asked.
        first = _tokens(understood.text)[:1] if not understood.is_button else []
        return first == ["si"], first == ["no"]

    def _about_something_else(self, turn: Turn, fact: str) -> bool:
        """Whether a yes or a no comes with words that have nothing to do with the question; said twice it counts."""
        understood, conversation = turn.understood, turn.conversation
        if understood.is_button or understood.polarity is not None or conversation.missed.get(fact):
            return False
        said = {token for token in _tokens(understood.text) if len(token) >= _LONG_ENOUGH and token not in _FILLERS}
        described = turn.ruleset.facts[fact]
        asked = " ".join(
            (described.label, described.question[turn.audience], *described.variants.get(turn.audience, ()))
        )
        stems = {token[:_STEM] for token in _tokens(asked) if len(token) >= _LONG_ENOUGH}
        return len(said) >= _FOREIGN and not any(token[:_STEM] in stems for token in said)

    def leave(self, turn: Turn) -> None:
        """The point stays to be verified."""
        conversation, fact = turn.conversation, turn.conversation.open or ""
        if fact not in conversation.closed:
            conversation.closed.append(fact)
        conversation.reopened = [f for f in conversation.reopened if f != fact]
        turn.say("colloquio.risposta_chiusa", variant=len(conversation.closed) - 1, che_cosa=words.label(turn, fact))

    def why(self, turn: Turn) -> str:
        """The reason of this very question."""
        fact = turn.conversation.open or ""
        return turn.words("misure.perche_domanda", motivo=turn.ruleset.facts[fact].why[turn.audience])

    def back(self, turn: Turn) -> bool:
        """The question before; its answer is taken back."""
        return asking.step_back(turn)


def _tokens(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c)).split()


STEP = Fact()
