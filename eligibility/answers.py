"""Answers to the questions people really ask (``answers.yaml``, ids ``Q001``...): short, sourced, dated.

What rests on general knowledge alone is never said as certain: its text says that it is to be verified, and with whom.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eligibility.errors import EligibilityError, RuleError
from eligibility.ruleset import HOME, Ruleset, load, read_yaml
from eligibility.sources import cite

FILE = "answers.yaml"
_CONFIDENCE = {"OFF", "SEC", "INF", "K"}
_KEYS = {
    "topic", "question", "text", "confidence", "updated", "office", "based_on", "sources", "measures", "changes_with",
}  # fmt: skip
_VERIFY = "da verificare"


class UnknownAnswer(EligibilityError):
    """No answer has this id."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, ready to be said.

    ``question``: as a person might put it. ``text``: what to say, with who to ask where it is not certain.
    ``certain``: a page that says it was read. ``office``: where to go, in words. ``updated``: date of the newest source, in
    words. ``changes_with``: ids of the facts that change the answer. ``measures``: the measures it is about.
    ``sources``: ids of sources.yaml. ``confidence``: OFF, SEC, INF, K, joined by +.
    """

    id: str
    topic: str
    question: str
    text: str
    certain: bool
    office: str
    changes_with: tuple[str, ...]
    measures: tuple[str, ...]
    sources: tuple[str, ...]
    updated: str
    confidence: str

    def to_dict(self, on: dt.date, ruleset: Ruleset | None = None) -> dict[str, Any]:
        """Plain data, the sources as the contract shows them on that day."""
        return {
            "id": self.id, "topic": self.topic, "question": self.question, "text": self.text, "certain": self.certain,
            "office": self.office, "changes_with": list(self.changes_with), "measures": list(self.measures),
            "sources": cite((ruleset or load()).sources, self.sources, on), "updated": self.updated,
        }  # fmt: skip


def all() -> tuple[Answer, ...]:
    """Every answer, in the order of the file. Raises RuleError."""
    return tuple(_loaded().values())


def get(id_: str) -> Answer:
    """The answer of this id, ``Q001``. Raises UnknownAnswer, RuleError."""
    try:
        return _loaded()[id_]
    except KeyError:
        raise UnknownAnswer("Questa domanda non è tra quelle che conosciamo.") from None


@lru_cache(maxsize=1)
def _loaded() -> dict[str, Answer]:
    return parse_answers(read_yaml((HOME / FILE).read_text(encoding="utf-8"), FILE), load())


def parse_answers(data: Any, ruleset: Ruleset) -> dict[str, Answer]:
    """Read the content of answers.yaml. Raises RuleError."""
    if not isinstance(data, Mapping) or data.get("schema") != 1 or not isinstance(data.get("answers"), Mapping):
        raise RuleError(f"{FILE}: servono «schema: 1» e «answers».")
    return {str(id_): _answer(str(id_), body, ruleset) for id_, body in data["answers"].items()}


def _answer(id_: str, body: Any, ruleset: Ruleset) -> Answer:
    where = f"{FILE}: {id_}"
    if not isinstance(body, Mapping) or set(body) != _KEYS:
        raise RuleError(f"{where}: una risposta ha le chiavi {', '.join(sorted(_KEYS))}.")
    confidence = set(str(body["confidence"]).split("+"))
    if not confidence <= _CONFIDENCE:
        raise RuleError(f"{where}: la fiducia è una di {', '.join(sorted(_CONFIDENCE))}, unite da +.")
    if unknown := [fact for fact in body["changes_with"] if fact not in ruleset.facts]:
        raise RuleError(f"{where}: fatti che non sono in facts.yaml: {', '.join(unknown)}.")
    if unknown := [source for source in body["sources"] if source not in ruleset.sources]:
        raise RuleError(f"{where}: fonti che non sono in sources.yaml: {', '.join(unknown)}.")
    certain = confidence != {"K"} and _VERIFY not in body["updated"]
    text = " ".join(str(body["text"]).split())
    return Answer(
        id=id_,
        topic=body["topic"],
        question=body["question"],
        text=text if certain else f"{text} Questo va verificato. Chieda a: {body['office']}.",
        certain=certain,
        office=body["office"],
        changes_with=tuple(body["changes_with"]),
        measures=tuple(body["measures"]),
        sources=tuple(body["sources"]),
        updated=str(body["updated"]),
        confidence=str(body["confidence"]),
    )
