"""All that the page of a case shows, gathered in one go."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import eligibility
import texts
from cases.record import CaseRecord, Turn
from dialogue import desk
from eligibility.ranking import best_first, possible
from hotline import caller, masking, notes, outcomes, presence
from hotline.callbacks import Callback
from hotline.caller import Caller
from hotline.handling import PHONE, Handling
from hotline.notes import Note
from hotline.outcomes import Outcome
from web.conversations import dialogue_of
from web.services import Services

#: Turns shown at first; the rest one tap away.
LATEST = 60
#: Keys that choose an answer, in the order of the answers; 0 is "does not know".
KEYS = "123456789abcdefghijkl"


@dataclass(frozen=True)
class Answer:
    """A choice of the open question and the key that takes it. ``value`` as the form sends it."""

    key: str
    label: str
    value: str


@dataclass(frozen=True)
class OpenQuestion:
    """The question to read aloud."""

    fact: str
    type: str
    text: str
    why: str
    label: str
    answers: list[Answer]


@dataclass(frozen=True)
class CaseView:
    """A case as a colleague sees it."""

    record: CaseRecord
    handling: Handling | None
    mine: bool
    holder: str | None
    caller: Caller
    turns: list[Turn]
    hidden_turns: int
    notes: list[Note]
    note_authors: dict[str, str]
    callback: Callback | None
    slots: list[dt.datetime]
    health: bool | None
    consent_text: str
    question: OpenQuestion | None
    noted: list[desk.Row]
    missing: list[desk.Row]
    assessments: list[dict[str, Any]]
    nothing_fits: bool
    signposts: list[dict[str, Any]]
    offices: list[dict[str, Any]]
    referral: Any
    outcomes: list[Outcome]
    topics: list[str]
    measures: list[tuple[str, str]]
    waiting: list[Turn] = field(default_factory=list)

    @property
    def by_phone(self) -> bool:
        """Whether the person is on the telephone (or was: a case that began with a call)."""
        if self.handling is not None:
            return self.handling.channel == PHONE
        return self.record.role == "sportello"


def build(
    services: Services,
    account_id: str,
    case_id: str,
    now: dt.datetime,
    today: dt.date,
    asked: str | None = None,
    whole: bool = False,
) -> CaseView:
    """Read a case.

    :param asked: a fact to ask instead of the engine's next one.
    :param whole: every turn of the conversation instead of the latest.
    :raises CaseNotFound: erased in the meantime.
    """
    hotline, stores = services.hotline, dialogue_of(services)
    record = services.cases.get(case_id)
    turns = masking.without_pins(services.cases.turns(case_id), services.referrals.pins_of_case(case_id))
    with hotline.session_factory() as session:
        handling = hotline.handlings.current_in(session, case_id, now)
        written = notes.of_case_in(session, hotline.keyring, case_id)
        people = {note.account_id for note in written} | ({handling.account_id} if handling else set())
        names = presence.names_in(session, hotline.keyring, people)
        person = caller.of_cases_in(session, hotline.keyring, [case_id]).get(case_id, Caller())
    result = eligibility.assess(record.facts, today, measures=desk.measures_of(record), audience=desk.AUDIENCE)
    assessments = best_first(result.to_dict()["assessments"])
    audience = consent_audience(record, handling)
    ruleset = eligibility.load()
    return CaseView(
        record=record,
        handling=handling,
        mine=handling is not None and handling.account_id == account_id,
        holder=names.get(handling.account_id) if handling else None,
        caller=person,
        turns=turns if whole else turns[-LATEST:],
        hidden_turns=0 if whole else max(0, len(turns) - LATEST),
        notes=written,
        note_authors=names,
        callback=hotline.callbacks.of_case(case_id),
        slots=hotline.callbacks.free_slots(now, 24),
        health=desk.health_answer(record),
        consent_text=texts.say("consensi.salute", audience),
        question=_question(record, stores, asked, now, today),
        noted=desk.noted_rows(record, stores, now, today),
        missing=desk.missing_rows(record, stores, now, today),
        assessments=assessments,
        nothing_fits=bool(assessments) and not possible(assessments),
        signposts=eligibility.signposts(record.facts, today, desk.AUDIENCE, beside=True),
        offices=_offices(record, today),
        referral=services.referrals.for_case(case_id),
        outcomes=outcomes.offered(),
        topics=list(desk.TOPICS),
        measures=[(measure, ruleset.edition(measure, today).title) for measure in ruleset.measures],
    )


def consent_audience(record: CaseRecord, handling: Handling | None) -> str:
    """Whose words a consent is given in: the desk's when they are read aloud, the person's own in the chat."""
    by_phone = handling is None or handling.channel == PHONE
    return desk.AUDIENCE if by_phone else record.role


def _question(
    record: CaseRecord, stores: Any, asked: str | None, now: dt.datetime, today: dt.date
) -> OpenQuestion | None:
    facts = eligibility.load().facts
    if desk.health_answer(record) is None:
        return None  # the consent is the question
    if asked in facts and (desk.health_answer(record) or not facts[asked].sensitive):
        question = desk.question_about(record, asked)
    else:
        question = desk.next_question(record, stores, now, today)
    if question is None:
        return None
    options = [(str(option["id"]), option["label"]) for option in question.options or ()]
    if question.type == "bool":
        options = [("true", "Sì"), ("false", "No")]
    answers = [Answer(key, label, value) for key, (value, label) in zip(KEYS, options, strict=False)]
    return OpenQuestion(question.fact, question.type, question.text, question.why, facts[question.fact].label, answers)


def _offices(record: CaseRecord, today: dt.date) -> list[dict[str, Any]]:
    """Other offices that the rules name, each once, with the sources they come from."""
    found: dict[tuple[str, str | None], dict[str, Any]] = {}
    described = [eligibility.describe(measure, today, desk.AUDIENCE) for measure in desk.measures_of(record)]
    posts = eligibility.signposts(record.facts, today, desk.AUDIENCE, beside=True)
    for contact in (contact for item in (*described, *posts) for contact in item.get("contacts") or ()):
        if any(contact.get(way) for way in ("phone", "email", "url")):
            found.setdefault((contact["label"], contact.get("phone")), contact)
    return list(found.values())
