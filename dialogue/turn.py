"""One turn of a conversation: what is known when it starts, what it changes, what it says.

A turn reads in one transaction and writes in a second one, which everything it does shares: effects, facts, what the
conversation remembers, the anonymous counts. They are committed together or not at all.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import eligibility
import texts
from dialogue.conversation import Conversation
from dialogue.understood import Understood
from hotline.callbacks import Callbacks
from referrals.directory import Directory
from referrals.service import Referrals
from referrals.states import OPEN

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from cases.db import SessionFactory
    from cases.record import CaseRecord
    from dialogue.services import Services
    from referrals.views import Referral

Message = dict[str, Any]
Button = dict[str, str]
_Result = TypeVar("_Result", covariant=True)


class Effect(Protocol[_Result]):
    """Something that a turn does besides remembering; carried out in the turn's own transaction."""

    def apply_in(self, session: Session, turn: Turn) -> _Result:
        """Do it in ``session``; an exception undoes it and leaves the rest of the turn as it was."""
        ...


class Step(Protocol):
    """Something that can be open: a question put to the person, and how its answer is read."""

    name: str

    def public(self, turn: Turn) -> str:
        """The id that the contract gives to this question."""
        ...

    def is_open(self, turn: Turn) -> bool:
        """Whether the question is to be put."""
        ...

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Put the question.

        :param times: how often it was put before.
        :param before: said in the same breath, may be empty.
        """
        ...

    def buttons(self, turn: Turn) -> list[Button]:
        """What may be tapped as an answer."""
        ...

    def read(self, turn: Turn, topic: str) -> bool:
        """Read a message as the answer; False when it is about something else.

        :param topic: what the message seems to be about.
        """
        ...

    def leave(self, turn: Turn) -> None:
        """Stop asking: the answer was not understood twice."""
        ...

    def why(self, turn: Turn) -> str:
        """Why it is asked, in words."""
        ...

    def back(self, turn: Turn) -> bool:
        """Go to what was asked before; False where nothing was."""
        ...


class _Lent(AbstractContextManager["Session"]):
    """The turn's session for a store that would open one of its own; it stays open and uncommitted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> Session:
        return self._session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


class Turn:
    """The state that steps and topics read and change; nothing is written before the turn ends."""

    def __init__(
        self,
        record: CaseRecord,
        understood: Understood,
        services: Services,
        now: dt.datetime,
        today: dt.date,
        session: Session | None = None,
    ):
        """
        :param now: the instant, timezone-aware.
        :param today: the day on the Italian calendar, for which the rules are read.
        :param session: the transaction in which ``record`` was read, ended by :meth:`close`.
        """
        self.record = record
        self.understood = understood
        self.services = services
        self.now = now
        self.today = today
        self.audience: str = record.role
        self.ruleset = eligibility.load()
        self.facts: dict[str, Any] = dict(record.facts)
        self.conversation = Conversation.of(record.dialogue)
        self.counted_before = copy.deepcopy(self.conversation.counted)
        self.messages: list[Message] = []
        self.step: Step | None = None  # what was open when the message came
        self.erased = False
        self.quiet = False  # say what was said and ask nothing: danger, or a pause
        self.urgent = False  # numbers to call in danger: said again in the same words
        self.digressed = False  # the message was about something else than the open question
        self.missed = False  # the message was not understood
        self.doubtful = False  # it was read, and cannot be taken as it is: the question is put again
        self.question_put = False  # a message of this turn is already the question
        self.lead = ""  # said before the question, in the same breath
        self.echo: Message | None = None  # what was noted, said back
        self.show_result = False  # the result is to be shown although nothing changed
        self.shown: dict[str, Any] | None = None  # the result that was shown, to be kept as it was
        self._assessed: tuple[Any, Any] = (None, None)  # what was assessed last, and the result
        self._session = session
        self._writes = False

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
    def measures(self) -> list[str]:
        """The measures assessed in this conversation."""
        return list(self.conversation.measures or eligibility.CONVERSATION_MEASURES)

    def is_sensitive(self, fact: str) -> bool:
        """Whether a fact speaks of health."""
        return bool(self.ruleset.facts[fact].sensitive)

    def may_use(self, fact: str) -> bool:
        """Whether the consents given so far allow to keep this fact."""
        return bool(self.conversation.health) or not self.is_sensitive(fact)

    def excluded(self) -> tuple[str, ...]:
        """Facts that must not be asked: health facts after a no, and those given up."""
        refused = self.conversation.health is False
        without = tuple(f for f in self.ruleset.facts if self.is_sensitive(f)) if refused else ()
        return (*without, *self.conversation.closed)

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
        """What the engine wants to know next, then what is improbable and still decides a verdict, or None."""
        question = eligibility.next_question(
            self.facts, self.today, measures=self.measures, audience=self.audience, exclude=self.excluded()
        )
        return question or self._improbable()

    def _improbable(self) -> Any:
        """The last questions: of few people, left out by the engine, without which a verdict would stay open."""
        left_out = self.excluded()
        for assessment in self.assess().assessments:
            for fact in assessment.missing_facts:
                described = self.ruleset.facts[fact]
                if fact not in self.facts and fact not in left_out and not described.left_to_office:
                    return eligibility.question_for(described, self.audience)
        return None

    @functools.cached_property
    def referral(self) -> Referral | None:
        """The case's newest referral."""
        return Referrals.newest_in(self.session, self.record.id)

    @property
    def referral_open(self) -> bool:
        """Whether a referral is on its way: then a second one would help nobody."""
        return self.referral is not None and self.referral.state in OPEN

    def choose(self, name: str, value: Any) -> None:
        """Understand the message as the choice of ``value``, as if its button had been pressed."""
        self.understood = replace(self.understood, choices={**self.understood.choices, name: value})

    # -- the stores, in this turn's transaction ----------------------------------------------------------------

    @property
    def session(self) -> Session:
        """The transaction of this turn."""
        if self._session is None:
            self._session = self.services.cases.session_factory()
        return self._session

    def _lend(self) -> _Lent:
        return _Lent(self.session)

    @property
    def _factory(self) -> SessionFactory:
        return cast("SessionFactory", self._lend)

    @property
    def directory(self) -> Directory:
        """The operators."""
        return Directory(self._factory)

    @property
    def referrals(self) -> Referrals:
        """The referrals, to be read; what changes them is an effect."""
        mine = self.services.referrals
        return Referrals(self._factory, mine.keyring, mine.writer.settings)

    @property
    def callbacks(self) -> Callbacks:
        """Promises to call back, to be read."""
        return Callbacks(self._factory, self.services.cases.keyring, self.services.help.timetable)

    def do(self, effect: Effect[_Result]) -> _Result:
        """Carry out an effect now, in the transaction that ends with this turn.

        Whatever it raises, the effect is undone and the turn may go on with other words.
        """
        session = self._to_write()
        with session.begin_nested():
            result = effect.apply_in(session, self)
        self.__dict__.pop("referral", None)
        return result

    def _to_write(self) -> Session:
        """The session, from now on one that writes; what was read before may be older."""
        if not self._writes:
            self.close()
            self._session = self.services.cases.session_factory()
            self._session.connection(execution_options={"writes": True})
            self._writes = True
        return self.session

    @property
    def is_writing(self) -> bool:
        """Whether the transaction of this turn already holds what others wait for."""
        return self._writes

    def begin_writing(self) -> Session:
        """The transaction in which the turn is written down."""
        return self._to_write()

    def commit(self) -> None:
        """Make everything that this turn did stay."""
        self.session.commit()

    def close(self) -> None:
        """End the transaction; what was not committed did not happen."""
        if self._session is not None:
            self._session.close()
            self._session = None
            self._writes = False

    # -- what changed ------------------------------------------------------------------------------------------

    def changed_facts(self) -> dict[str, Any]:
        """Facts that are new or different from the record's."""
        before = self.record.facts
        return {fact: given for fact, given in self.facts.items() if fact not in before or before[fact] != given}

    def forgotten_facts(self) -> list[str]:
        """Facts of the record that are no longer known."""
        return [f for f in self.record.facts if f not in self.facts]

    @property
    def facts_changed(self) -> bool:
        """Whether this turn learnt, changed or forgot a fact."""
        return self.facts != self.record.facts
