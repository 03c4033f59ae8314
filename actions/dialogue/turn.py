"""One turn of a conversation: what is known when it starts, what it changes, what it says."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import eligibility
import texts
from actions.dialogue.understanding import Understood

if TYPE_CHECKING:
    from actions.services import Services
    from cases.record import CaseRecord

Message = dict[str, Any]
Button = dict[str, str]

# What a case's dialogue holds when nothing has been said yet. `question` is the open question:
# {"fact": a fact id or an asking id, "times": how often it was asked}.
NEW_DIALOGUE: dict[str, Any] = {
    "phase": "consenso",
    "question": None,
    "health": None,  # None: not asked yet; True, False: the answer
    "held": {},  # facts told before the consent, waiting for it
    "asked": {},  # fact -> how often it was asked
    "missed": {},  # fact -> how often its answer was not understood
    "trail": [],  # facts in the order they were asked, for "go back"
    "told": [],  # facts in the order they were told, the last one last
    "closed": [],  # facts given up after repeated misunderstanding: not asked again
    "measures": None,  # None: the six of a conversation
    "topic": None,  # the measure last spoken of
    "confirm": None,  # a step that waits for a yes
    "misunderstood": 0,
    "draft": {},  # the referral being prepared
    "drafts": 0,
    "summary_seen": False,
    "result_seen": False,
    "wants_operator": False,
    "sheet": None,  # an e-mail with the result being prepared: {"before", "misses", "to"?}
    "mails": 0,  # how many were sent from this conversation
}


class Turn:
    """The state that the handlers of a turn read and change; nothing is written before the turn ends."""

    def __init__(
        self, record: CaseRecord, understood: Understood, services: Services, now: dt.datetime, today: dt.date
    ):
        """
        :param now: the instant, timezone-aware.
        :param today: the day on the Italian calendar, for which the rules are read.
        """
        self.record = record
        self.understood = understood
        self.services = services
        self.now = now
        self.today = today
        self.audience: str = record.role
        self.ruleset = eligibility.load()
        self.facts: dict[str, Any] = dict(record.facts)
        self.dialogue: dict[str, Any] = copy.deepcopy(NEW_DIALOGUE) | copy.deepcopy(record.dialogue)
        self.messages: list[Message] = []
        self.erased = False
        self.echo: Message | None = None  # what was noted, said back
        self.shown: dict[str, Any] | None = None  # the result that was shown, to be kept as it was
        self._assessed: tuple[Any, Any] = (None, None)  # what was assessed last, and the result

    # -- saying ------------------------------------------------------------------------------------------------

    def words(self, key: str, variant: int = 0, **values: Any) -> str:
        """The text of ``key`` for whoever is in front of us."""
        return texts.say(key, self.audience, variant, **values)

    def say(self, key: str, variant: int = 0, buttons: list[Button] | None = None, **values: Any) -> None:
        """Add the text of ``key`` to the answer."""
        self.say_text(self.words(key, variant, **values), buttons)

    def say_text(self, text: str, buttons: list[Button] | None = None, card: Mapping[str, Any] | None = None) -> None:
        """Add a ready text to the answer."""
        message: Message = {"text": text}
        if buttons:
            message["buttons"] = buttons
        if card:
            message["custom"] = dict(card)
        self.messages.append(message)

    def button(self, key: str, payload: str, **values: Any) -> Button:
        """A button titled with a text of ``pulsanti``."""
        return {"title": self.words(f"pulsanti.{key}", **values), "payload": payload}

    # -- knowing -----------------------------------------------------------------------------------------------

    @property
    def phase(self) -> str:
        """Where the conversation stands; see docs/dialogue.md."""
        return str(self.dialogue["phase"])

    @phase.setter
    def phase(self, value: str) -> None:
        self.dialogue["phase"] = value

    @property
    def question(self) -> str | None:
        """The fact or asking id that is open."""
        return self.dialogue["question"]["fact"] if self.dialogue["question"] else None

    def open_question(self, fact: str | None) -> int:
        """Make ``fact`` the open question; how often it was asked before (0 the first time)."""
        if fact is None:
            self.dialogue["question"] = None
            return 0
        times = int(self.dialogue["asked"].get(fact, 0))
        self.dialogue["asked"][fact] = times + 1
        self.dialogue["question"] = {"fact": fact, "times": times + 1}
        return times

    @property
    def measures(self) -> list[str]:
        """The measures assessed in this conversation."""
        return list(self.dialogue["measures"] or eligibility.CONVERSATION_MEASURES)

    def is_sensitive(self, fact: str) -> bool:
        """Whether a fact speaks of health."""
        return bool(self.ruleset.facts[fact].sensitive)

    def may_use(self, fact: str) -> bool:
        """Whether the consents given so far allow to keep this fact."""
        return bool(self.dialogue["health"]) or not self.is_sensitive(fact)

    def excluded(self) -> tuple[str, ...]:
        """Facts that must not be asked: health facts without consent, and those given up."""
        without = () if self.dialogue["health"] else tuple(f for f in self.ruleset.facts if self.is_sensitive(f))
        return (*without, *self.dialogue["closed"])

    def assess(self) -> Any:
        """The verdicts on what is known now: the engine's, and nobody else's."""
        seen = (dict(self.facts), self.measures, self.audience)
        if self._assessed[0] != seen:
            self._assessed = (
                seen,
                eligibility.assess(self.facts, self.today, measures=self.measures, audience=self.audience),
            )
        return self._assessed[1]

    def next_question(self) -> Any:
        """What the engine wants to know next, or None."""
        return eligibility.next_question(
            self.facts, self.today, measures=self.measures, audience=self.audience, exclude=self.excluded()
        )

    # -- what changed ------------------------------------------------------------------------------------------

    def changed_facts(self) -> dict[str, Any]:
        """Facts that are new or different from the record's."""
        before = self.record.facts
        return {fact: given for fact, given in self.facts.items() if fact not in before or before[fact] != given}

    def forgotten_facts(self) -> list[str]:
        """Facts of the record that are no longer known."""
        return [f for f in self.record.facts if f not in self.facts]
