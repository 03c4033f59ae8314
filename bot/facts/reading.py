"""A message made ready for the extractors: canonical text, clauses, who is spoken of."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.facts.context import Context
from bot.facts.words import Piece


@dataclass(frozen=True)
class Found:
    """A fact read in a message.

    :ivar fact: id of the fact, or ``nome telefono email codice_fiscale``.
    :ivar value: typed value; None: the person says not to know.
    :ivar start: place in the message.
    :ivar end: place in the message.
    :ivar weight: which of two readings of the same fact wins; the higher one.
    """

    fact: str
    value: Any
    start: int
    end: int
    weight: int = 1


@dataclass
class Clause:
    """A stretch of canonical text with one subject.

    :ivar start: first character in the canonical text.
    :ivar end: one past the last.
    :ivar ours: whether it speaks of the person the conversation is about.
    :ivar asserted: whether it states something: not a general question, not "if I had".
    :ivar past: whether it tells how things were and no longer are.
    """

    start: int
    end: int
    ours: bool = True
    asserted: bool = True
    past: bool = False


@dataclass
class Reading:
    """What the extractors work on.

    :ivar text: canonical words joined by blanks; clauses about others or not asserted are blanked out with ``¦``.
    :ivar whole: the same before anything was blanked out.
    :ivar message: what the person wrote, as far as it is read.
    """

    pieces: list[Piece]
    context: Context
    whole: str
    clauses: list[Clause]
    message: str = ""
    text: str = ""
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        position = 0
        for piece in self.pieces:
            self._starts.append(position)
            position += len(piece.canon) + 1
        self.text = self.text or self.masked()

    def masked(self) -> str:
        """The canonical text with the clauses that state nothing about the person blanked out."""
        text = self.whole
        for clause in self.clauses:
            if not (clause.ours and clause.asserted):
                text = text[: clause.start] + "¦" * (clause.end - clause.start) + text[clause.end :]
        return text

    def search(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches of `pattern` in what is stated about the person."""
        return pattern.finditer(self.text)

    def clause_at(self, position: int) -> Clause:
        """The clause that holds the character `position` of the canonical text."""
        index = bisect.bisect_right([clause.start for clause in self.clauses], position) - 1
        return self.clauses[max(index, 0)]

    def clause_text(self, position: int) -> str:
        """The stated text of the clause at `position`."""
        clause = self.clause_at(position)
        return self.text[clause.start : clause.end]

    def before(self, position: int, words: int = 6) -> str:
        """The last `words` words before `position` in the same clause."""
        return " ".join(self.text[self.clause_at(position).start : position].split()[-words:])

    def after(self, position: int, words: int = 6) -> str:
        """The first `words` words from `position` on, across clauses."""
        return " ".join(self.text[position : position + 30 * words].split()[:words])

    def negated(self, position: int, words: int = 6) -> bool:
        """Whether a negation governs what stands at `position` of the canonical text."""
        return is_negated(self.before(position, words))

    def found(self, fact: str, value: Any, start: int, end: int, weight: int = 1) -> Found:
        """A :class:`Found` for canonical characters `start` to `end`, with places in the message."""
        first = max(bisect.bisect_right(self._starts, start) - 1, 0)
        last = max(bisect.bisect_left(self._starts, max(end, start + 1)) - 1, first)
        pieces = self.pieces[first : last + 1]
        # A corrected number stands where the first one was said, so pieces need not be in the order of the message.
        return Found(fact, value, min(p.start for p in pieces), max(p.end for p in pieces), weight)


# "non ... solo" and "non vedo l'ora" deny nothing; a comma ends the reach of a negation.
_NEGATION = re.compile(
    r"\b(?:non|senza|ne|neanche|nemmeno|neppure|mai|nessun|nessuna|nessuno|niente|zero)\b(?! solo\b| soltanto\b| vedo l)(?:(?![,;:]).)*$"
)


def is_negated(before: str) -> bool:
    """Whether the words `before` something deny it."""
    return bool(_NEGATION.search(before))
