"""Candidate facts of a message and what is known about each: the evidence that the judge weighs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bot.facts.catalogue import CONTACTS, allowed, facts
from bot.facts.clauses import KIN
from bot.facts.corrections import MARKER
from bot.learned.material import Material
from bot.learned.spots import HOME, NONE, Spot
from bot.learned.statements import ANY, NOTHING, Statements, label

_TYPES = ("bool", "enum", "int", "number", "string", "date")
LEAST_SCORE = 0.25  # of a statement to become a candidate
LEAST_ROLE = 0.15
HOME_FACTS = ("comune", "provincia", "residenza_lombardia")
_CUES = (
    re.compile(r"\b(?:non|ne|mai|nessun\w*|niente|senza|nemmeno|neanche|neppure|macche|no)\b"),
    re.compile(r"\b(?:ma|pero|invece|anzi|bensi|mentre|pur\w*|tranne)\b"),
    re.compile(
        r"\b(?:se|forse|magari|vorrei|vorrebbe|volevo|voglio|potrei|potrebbe|dovrei|spero|penso|credo|chiest\w+|domanda|richiesta|attesa|aspett\w+|proposto|rischi\w+|paura|ipotesi|qualora|eventual\w+|prossim\w+|fra|tra)\b"
    ),
    re.compile(r"\b(?:" + KIN + r"|lui|lei|loro|altri|qualcuno|gente|uno che|una che|chi)\b"),
    re.compile(
        r"\b(?:ero|era|avevo|aveva|prima|una volta|fa|ex|finit\w+|scadut\w+|tolt\w+|revocat\w+|respint\w+|negat\w+|rifiutat\w+|persa?o?|chius\w+|vecchi\w+|lavoravo|abitavo|prendevo|stavo|vivevo|fino)\b"
    ),
    re.compile(r"\b(?:adesso|ora|oggi|attualmente|ormai|da|ancora|tuttora)\b"),
    re.compile(r"\?|\b(?:posso|quanto|quando|come|dove|chi|cosa|quale|perche|spetta|bisogna|serve|basta)\b"),
    MARKER,
)


@dataclass
class Candidate:
    """One fact that a message might state.

    :ivar follows: what follows from it by geography.
    :ivar start: first character in the canonical text.
    :ivar evidence: numbers, in the order of :func:`names`.
    """

    fact: str
    value: Any
    start: int
    end: int
    grammar: bool = False
    role: float = -1.0
    no_role: float = -1.0
    follows: dict[str, Any] = field(default_factory=dict)
    evidence: list[float] = field(default_factory=list)


@dataclass
class Scored:
    """What the models say of a message.

    :ivar whole: scores of the statements in the whole. :ivar clauses: one row for each clause.
    :ivar spots: numbers and places with the chances of their roles.
    """

    whole: np.ndarray
    clauses: np.ndarray
    spots: Sequence[tuple[Spot, dict[str, float]]]


def candidates(material: Material, statements: Statements, scored: Scored) -> list[Candidate]:
    """Every fact that the grammar, the statements or the roles propose, each once, with its evidence."""
    found: dict[tuple[str, Any], Candidate] = {}
    for one in (*_of_grammar(material), *_of_roles(scored), *_of_statements(material, statements, scored)):
        kept = found.setdefault((one.fact, one.value), one)
        kept.role, kept.no_role = max(kept.role, one.role), max(kept.no_role, one.no_role)
        if kept is not one and one.follows and not kept.follows:
            kept.follows = one.follows
    told = list(found.values())
    shared = _of_message(material, statements, scored)
    for one in told:
        one.evidence = [*_evidence(one, told, material, statements, scored), *shared]
    return told


def _of_grammar(material: Material) -> Iterator[Candidate]:
    given = {
        item.fact: item for item in material.understood.facts if item.fact not in CONTACTS and item.value is not None
    }
    home = [name for name in HOME_FACTS if name in given]
    for fact, item in given.items():
        if fact in home[1:] and (item.start, item.end) == (given[home[0]].start, given[home[0]].end):
            continue  # follows from the first
        follows = {}
        if home and fact == home[0]:
            spans = [(given[n].start, given[n].end) for n in home]
            follows = {n: given[n].value for n, span in zip(home[1:], spans[1:], strict=True) if span == spans[0]}
        yield Candidate(fact, item.value, *_canonical(material, item.start, item.end), grammar=True, follows=follows)


def _canonical(material: Material, start: int, end: int) -> tuple[int, int]:
    """Bounds in the canonical text of what stands at `start` to `end` in the message."""
    reading = material.reading
    first = next((i for i, piece in enumerate(reading.pieces) if piece.end > start), 0)
    last = next((i for i in range(len(reading.pieces) - 1, -1, -1) if reading.pieces[i].start < end), first)
    starts = reading._starts
    if not starts:
        return 0, 0
    return starts[first], starts[last] + len(reading.pieces[last].canon)


def _of_roles(scored: Scored) -> Iterator[Candidate]:
    for spot, chances in scored.spots:
        for role, chance in chances.items():
            if role == NONE or chance < LEAST_ROLE:
                continue
            values = spot.values[role]
            lead = next(n for n in HOME_FACTS if n in values) if role == HOME else role
            rest = {name: value for name, value in values.items() if name != lead}
            yield Candidate(
                lead, values[lead], spot.start, spot.end, role=chance, no_role=chances.get(NONE, 0.0), follows=rest
            )


def _of_statements(material: Material, statements: Statements, scored: Scored) -> Iterator[Candidate]:
    best = scored.whole if not len(scored.clauses) else np.maximum(scored.whole, scored.clauses.max(axis=0))
    for i in np.where(best >= LEAST_SCORE)[0]:
        name = statements.labels[int(i)]
        fact, equals, text = name.partition("=")
        if not equals:
            continue
        value = _value(fact, text)
        if not allowed(fact, value):
            continue
        part = material.whole
        if len(scored.clauses) and scored.clauses[:, i].max() >= scored.whole[i] * 0.9:
            part = material.clauses[int(scored.clauses[:, i].argmax())]
        yield Candidate(fact, value, part.start, part.end)


def _value(fact: str, text: str) -> Any:
    kind = facts()[fact]["type"]
    if kind == "bool":
        return text == "true"
    return int(text) if kind in ("int", "number") else text


def _evidence(
    one: Candidate, told: Sequence[Candidate], material: Material, statements: Statements, scored: Scored
) -> list[float]:
    whole, clause = scored.whole, scored.clauses.max(axis=0) if len(scored.clauses) else scored.whole
    mine = statements.number.get(label(one.fact, one.value))
    if mine is None:
        mine = statements.number.get(one.fact + ANY)
    lead = statements.number.get(one.fact + ANY)
    rivals = [i for name, i in statements.number.items() if name.partition("=")[0] == one.fact and i != mine]
    here = [k for k, part in enumerate(material.clauses) if part.start <= one.start < part.end]
    spot = float(scored.clauses[here[0], mine]) if here and mine is not None else _at(whole, mine)
    reading = material.reading
    stretch = reading.clause_at(one.start)
    near = reading.whole[stretch.start : stretch.end]
    others = [c for c in told if c.fact == one.fact and c is not one]
    agreeing = [item for item in material.understood.facts if item.fact == one.fact]
    question = material.question
    kinds = list(facts())
    return [
        float(kinds.index(one.fact)),
        float(one.grammar),
        float(bool(agreeing) and not one.grammar),
        _at(whole, mine),
        _at(clause, mine),
        spot,
        _at(whole, lead),
        max((float(whole[i]) for i in rivals), default=0.0),
        max((float(clause[i]) for i in rivals), default=0.0),
        one.role,
        one.no_role,
        max((c.role for c in others), default=-1.0),
        float(any(c.grammar for c in others)),
        float(len(others)),
        float(question == one.fact or one.fact in HOME_FACTS and question in HOME_FACTS),
        float(question is None),
        float(stretch.ours),
        float(stretch.asserted),
        float(stretch.past),
        float(reading.negated(one.start, 5)),
        *(float(len(cue.findall(near))) for cue in _CUES),
        float(_TYPES.index(facts()[one.fact]["type"])),
        float(one.value is False or one.value in ("nessuno", 0)),
        float(one.start) / 100,
    ]


def _of_message(material: Material, statements: Statements, scored: Scored) -> list[float]:
    text = material.reading.whole
    nothing = statements.number.get(NOTHING)
    return [
        _at(scored.whole, nothing),
        float(len(text.split())),
        float(len(material.clauses)),
        float(len(material.understood.facts)),
        *(float(len(cue.findall(text))) for cue in _CUES),
    ]


def _at(scores: np.ndarray, place: int | None) -> float:
    return 0.0 if place is None else float(scores[place])
