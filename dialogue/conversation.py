"""What a conversation remembers between two messages: only what no table of the product holds.

It is stored sealed in the case, with a version; what an earlier version wrote is brought up to date when it is read.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

VERSION = 2
#: What may be going on, by the name kept in `question["step"]`; the phases of the first version had the same questions.
HEALTH, SUMMARY = "consenso_salute", "riepilogo"


@dataclass
class Conversation:
    """The state of a conversation. Every field starts as a new conversation has it."""

    opened: bool = False  # the first question, what happened, was answered or left
    health: bool | None = None  # the answer about health data; None: not given yet
    consent_wanted: bool = False  # the consent was asked for before a health fact was told or needed
    held: dict[str, Any] = field(default_factory=dict)  # health facts told before the consent, waiting for it
    doubt: dict[str, Any] | None = None  # {"fact", "value", "along"?: {fact: value}}: heard, not sure, to be asked back
    question: dict[str, Any] | None = None  # what was asked last: {"step", "fact": public id, "times"}
    asked: dict[str, int] = field(default_factory=dict)  # public id -> how often its question was put
    missed: dict[str, int] = field(default_factory=dict)  # public id -> how often the answer was not understood
    trail: list[str] = field(default_factory=list)  # facts in the order they were asked, for "go back"
    told: list[str] = field(default_factory=list)  # facts in the order they were told, the last one last
    closed: list[str] = field(default_factory=list)  # facts left to be verified: not asked again
    reopened: list[str] = field(default_factory=list)  # facts to ask again although something is known
    clashes: list[str] = field(default_factory=list)  # contradictions that were said
    correcting: bool = False  # a correction was announced, not said
    wanted: str | None = None  # the fact that would decide what the person just asked about
    place_for_operators: bool = False  # the place is asked only to look for operators
    measures: list[str] | None = None  # None: those of a conversation
    topic: str | None = None  # the measure last spoken of
    confirm: dict[str, Any] | None = None  # {"what", ...}: a deed that waits for a yes
    misunderstood: int = 0  # messages in a row that were not understood
    off_topic: int = 0
    complaints: int = 0
    felt: list[str] = field(default_factory=list)  # feelings that were met with a word, each once
    languages: list[str] = field(default_factory=list)  # languages that were answered in
    draft: dict[str, Any] = field(default_factory=dict)  # the referral being prepared
    drafts: int = 0
    summary_seen: bool = False
    result_seen: bool = False
    verdicts: dict[str, str] | None = None  # of the result shown last
    plan: list[str] | None = None  # the measures that stood in front of the plan said last
    offered: int = 0  # how often the choices were offered
    wants_operator: bool = False  # asked before the interview was over
    nearby: list[list[str]] | None = None  # operators listed in the last turn: [site id, name]
    callback: dict[str, Any] | None = None  # a call being arranged: {"at", "misses"}
    sheet: dict[str, Any] | None = None  # an e-mail with the result being prepared: {"misses", "to"?}
    mails: int = 0  # how many were sent from this conversation
    wants_person: str | None = None  # since when (ISO) a person is wanted; the hotline takes it out
    emergency: str | None = None  # since when (ISO) there is danger; the hotline takes it out
    concern: str | None = None  # when (ISO) a dark thought was met
    unread: list[dict[str, Any]] = field(default_factory=list)  # what was not understood, anonymous
    counted: dict[str, list[str]] = field(default_factory=dict)  # what was counted of this conversation
    last: dict[str, Any] | None = None  # the latest turn: {"id", "messages", "awaiting"}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Conversation:
        """The conversation of a case's ``dialogue``, whatever version wrote it."""
        given = {name: value if name == "last" else copy.deepcopy(value) for name, value in stored.items()}
        if given and given.pop("version", 1) < VERSION:
            given = _from_the_first(given)
        return cls(**{name: value for name, value in given.items() if name in _DEFAULTS and value is not None})

    def to_dict(self) -> dict[str, Any]:
        """What is stored: the version, and every field that is not as a new conversation has it."""
        kept = {name: getattr(self, name) for name in _DEFAULTS}
        return {"version": VERSION} | {name: value for name, value in kept.items() if value != _DEFAULTS[name]}

    @property
    def open(self) -> str | None:
        """The public id of the open question, None when none is."""
        return str(self.question["fact"]) if self.question else None

    def again(self) -> Conversation:
        """This conversation started from zero: the answers are forgotten, what was done and agreed is not."""
        kept = ("health", "drafts", "mails", "wants_person", "emergency", "concern", "counted", "unread", "last")
        return Conversation(opened=False, **{name: getattr(self, name) for name in kept})


_DEFAULTS: dict[str, Any] = {
    f.name: f.default if f.default_factory is dataclasses.MISSING else f.default_factory()
    for f in dataclasses.fields(Conversation)
}


def _from_the_first(given: dict[str, Any]) -> dict[str, Any]:
    """Bring what version 1 wrote up to date: phases become what is open, referrals are read from their own table."""
    question, phase = given.get("question"), given.get("phase", "consenso")
    kept: dict[str, Any] = {name: given[name] for name in given if name in _DEFAULTS}
    kept |= {"opened": True, "reopened": [], "question": None}
    if isinstance(given.get("confirm"), str):
        kept["confirm"] = {"what": given["confirm"]}
        kept["question"] = {"step": "confirm", "fact": "conferma", "times": 1}
    kept["place_for_operators"] = bool(given.get("after_place"))
    kept["consent_wanted"] = phase == "consenso" and given.get("health") is None
    fact = question["fact"] if question else None
    for name in ("callback", "sheet"):
        pending = bool(question and question.get(name) and given.get(name))
        kept[name] = {k: v for k, v in given[name].items() if k != "before"} if pending else None
        if pending:
            kept["question"] = kept["question"] or {"step": name, "fact": "recapito", "times": 1}
            fact = (given[name].get("before") or {}).get("fact")
    if kept["question"] is None and fact is not None:
        times = int((question or {}).get("times", 1))
        kept["question"] = {"step": _step_of(fact, phase), "fact": fact, "times": times}
    if phase == "raccolta" and fact is not None and fact not in (HEALTH, SUMMARY, "recapito"):
        kept["reopened"] = [fact]
    return kept


def _step_of(fact: str, phase: str) -> str:
    if fact == HEALTH:
        return "health"
    if fact == SUMMARY:
        return "summary"
    sending = {"comune": "place", "operatore": "operator", "nome": "name", "recapito": "contact"}
    if phase == "invio":
        return {**sending, "consenso_invio": "agree", "conferma": "send"}.get(fact, "fact")
    return "fact"
