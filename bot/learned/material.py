"""A message as the learned layer sees it: the grammar's reading, its clauses, and their vectors."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bot.facts.extract import Understood
from bot.facts.reading import Clause, Reading
from bot.intents.encoder import Memo
from bot.intents.focus import cap_length

MOST_CLAUSES = 8  # more are judged with the whole message alone: each costs a millisecond
FEWEST_WORDS = 2


@dataclass
class Part:
    """The whole message or one clause.

    :ivar text: canonical words.
    :ivar start: first character in the canonical text.
    :ivar end: one past the last.
    """

    text: str
    start: int
    end: int
    vector: np.ndarray


@dataclass
class Material:
    """:ivar whole: the message. :ivar clauses: its clauses, none where it has one only."""

    understood: Understood
    whole: Part
    clauses: list[Part] = field(default_factory=list)

    @property
    def reading(self) -> Reading:
        """The canonical text and its clauses."""
        return self.understood.reading

    @property
    def question(self) -> str | None:
        """The open question."""
        return self.reading.context.question

    def part_at(self, position: int) -> Part:
        """The clause that holds a canonical character, or the whole message."""
        return next((part for part in self.clauses if part.start <= position < part.end), self.whole)

    @classmethod
    def of(cls, understood: Understood, memo: Memo) -> Material:
        """Cut and encode."""
        reading = understood.reading
        bounds = _merged(reading.clauses, reading.whole)
        spoken = [cap_length(reading.message)]
        for start, end in bounds:
            place = reading.found("", None, start, max(start + 1, end - 1))
            spoken.append(cap_length(reading.message[place.start : place.end]))
        vectors = memo.vectors(spoken)
        whole = Part(reading.whole, 0, len(reading.whole), vectors[0])
        parts = [
            Part(reading.whole[start:end].strip(" ,.;"), start, end, vector)
            for (start, end), vector in zip(bounds, vectors[1:], strict=True)
        ]
        return cls(understood, whole, parts)


def _merged(clauses: list[Clause], text: str) -> list[tuple[int, int]]:
    """Bounds of the clauses, very short ones joined to the next; none where a message is one clause."""
    bounds: list[tuple[int, int]] = []
    begun: int | None = None
    for clause in clauses:
        start = clause.start if begun is None else begun
        if len(text[start : clause.end].split()) < FEWEST_WORDS and clause is not clauses[-1]:
            begun = start
            continue
        bounds.append((start, clause.end))
        begun = None
    return bounds[:MOST_CLAUSES] if len(bounds) > 1 else []
