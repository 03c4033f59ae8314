"""Verdicts for many people at once, exact also where facts are unknown.

Each class of each fact is a plane of bits, one bit for each person: "may be in this class" (a fact that is
not known may be in all of them). The decision diagram of an edition is then walked once for everybody: the
people who can reach a node through an edge are those at its start AND those that may be in its classes.
Whoever can reach only the leaf "yes" is eligible, and so on. A path asks each fact once, so a reachable
leaf is a possible truth: this is the same exact three-valued reading as ``partial_evaluation``, 64 people an operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eligibility.compiled import ELIGIBLE, NOT_ELIGIBLE, TO_VERIFY, CompiledEdition
from eligibility.domains import NUMERIC, Domain
from eligibility.ruleset import Ruleset

VERDICTS = (NOT_ELIGIBLE, TO_VERIFY, ELIGIBLE)  # what the numbers in the result mean
CHUNK = 1 << 18  # people in one pass: the planes in use stay inside the processor's cache

Plane = np.ndarray  # uint64 words, one bit for each person


@dataclass(frozen=True, slots=True)
class _Edge:
    """From a node to a child through some classes of the node's fact (all of them: ``classes`` is empty)."""

    start: int
    end: int
    fact: str
    classes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Program:
    """The diagram of an edition flattened: edges in an order in which every start is complete when used."""

    edges: tuple[_Edge, ...]
    nodes: int
    yes: int | None
    no: int | None
    open: int | None


class Crowd:
    """Evaluates editions over columns of facts.

    ``editions``: what to evaluate. Columns are numpy arrays, one for each fact, all of the same length:
    class codes (uint8, see ``domains``; unknown and absent codes included) for ``verdicts``.
    """

    def __init__(self, ruleset: Ruleset, editions: Iterable[CompiledEdition]) -> None:
        self.ruleset = ruleset
        self.editions = tuple(editions)
        self._programs = [_flatten(compiled) for compiled in self.editions]
        self.facts = tuple(dict.fromkeys(edge.fact for program in self._programs for edge in program.edges))
        self._sets = tuple(dict.fromkeys((e.fact, e.classes) for p in self._programs for e in p.edges))

    def encode(self, columns: Mapping[str, Any]) -> dict[str, np.ndarray]:
        """Class codes of columns of known values: bool arrays, numbers (dates: days since), or for enums indices in ``Fact.values``.

        A fact without a column is absent for everybody. Raises ValueError for values out of limits.
        """
        length = len(next(iter(columns.values())))
        codes = {}
        for id_ in self.facts:
            domain = self.ruleset.domains[id_]
            if id_ in columns:
                codes[id_] = encode_column(domain, np.asarray(columns[id_]))
            else:
                codes[id_] = np.full(length, domain.absent, np.uint8)
        return codes

    def verdicts(self, codes: Mapping[str, np.ndarray]) -> list[np.ndarray]:
        """For each edition an array of indices in VERDICTS."""
        length = len(next(iter(codes.values())))
        results = [np.empty(length, np.uint8) for _ in self.editions]
        for start in range(0, length, CHUNK):
            end = min(start + CHUNK, length)
            planes = self._class_sets({id_: codes[id_][start:end] for id_ in self.facts}, end - start)
            for program, result in zip(self._programs, results, strict=True):
                _run(program, planes, end - start, result[start:end])
        return results

    def _class_sets(self, codes: Mapping[str, np.ndarray], length: int) -> dict[tuple[str, tuple[int, ...]], Plane]:
        """The plane of every set of classes that some edge needs; sets are shared by all the editions."""
        planes: dict[tuple[str, tuple[int, ...]], Plane] = {}
        for key in self._sets:
            id_, classes = key
            # One lookup table for each set: which codes may be in it. Unknown and absent always may.
            domain = self.ruleset.domains[id_]
            member = np.zeros(domain.absent + 1, np.bool_)
            member[list(classes)] = True
            member[domain.unknown :] = True
            planes[key] = pack(member_of(codes[id_], member))
        return planes


def member_of(codes: np.ndarray, member: np.ndarray) -> np.ndarray:
    """For each code, whether it is in the set given as a table of booleans."""
    size = len(member)
    inside = int(member.sum())
    # A chain of comparisons runs at memory speed; a table lookup does not. Choose the shorter chain.
    few = inside * 2 <= size
    chosen = np.flatnonzero(member if few else ~member).tolist()
    if len(chosen) == 0:
        return np.full(len(codes), inside == size)
    if few:
        result = codes == chosen[0]
        for code in chosen[1:]:
            result |= codes == code
    else:
        result = codes != chosen[0]
        for code in chosen[1:]:
            result &= codes != code
    return result


def pack(flags: np.ndarray) -> Plane:
    """Booleans to a plane of 64-bit words; bits past the end are zero."""
    packed = np.packbits(flags, bitorder="little")
    words = np.zeros((len(packed) + 7) // 8, np.uint64)
    words.view(np.uint8)[: len(packed)] = packed
    return words


def unpack(plane: Plane, length: int) -> np.ndarray:
    """A plane back to bytes 0 and 1."""
    return np.unpackbits(plane.view(np.uint8), count=length, bitorder="little")


def encode_column(domain: Domain, values: np.ndarray) -> np.ndarray:
    """Class codes of a column of known values (see ``Crowd.encode``). Raises ValueError."""
    fact = domain.fact
    if fact.type == "bool":
        if values.dtype != np.bool_:
            raise ValueError(f"{fact.id}: serve una colonna di valori logici")
        codes = np.array([domain.code(False), domain.code(True)], np.uint8)
        return codes[values.view(np.uint8)] if codes[0] or codes[1] != 1 else values.view(np.uint8)
    if fact.type == "enum":
        if len(values) and not (0 <= int(values.min()) and int(values.max()) < len(fact.values)):
            raise ValueError(f"{fact.id}: un indice è fuori dai valori ammessi")
        return np.take(np.array([domain.code(value) for value in fact.values], np.uint8), values)
    if fact.type in NUMERIC:
        low, high = fact.limits
        if len(values) and not (float(values.min()) >= low and float(values.max()) <= high):
            raise ValueError(f"{fact.id}: un numero è fuori dai limiti")
        codes = np.zeros(len(values), np.uint8)
        for bound in domain.bounds():
            codes += values >= (bound if fact.type == "number" else int(bound))
        return codes
    return np.fromiter(map(domain.code, values), np.uint8, len(values))


def _flatten(compiled: CompiledEdition) -> _Program:
    diagrams = compiled.diagrams
    reachable = diagrams.reachable(compiled.verdict.root)
    reachable.sort(key=lambda node: (diagrams.variable[node], node))
    number = {node: n for n, node in enumerate(reachable)}
    if compiled.verdict.root != reachable[0]:
        raise AssertionError("the root must come first")
    edges = []
    for node in reachable:
        if diagrams.is_leaf(node):
            continue
        fact = compiled.facts[diagrams.variable[node]]
        by_child: dict[int, list[int]] = {}
        for code, child in enumerate(diagrams.children[node]):
            by_child.setdefault(child, []).append(code)
        edges += [_Edge(number[node], number[child], fact, tuple(codes)) for child, codes in by_child.items()]
    leaves = {diagrams.value[node]: number[node] for node in reachable if diagrams.is_leaf(node)}
    return _Program(tuple(edges), len(reachable), leaves.get("A"), leaves.get("N"), leaves.get("V"))


def _run(program: _Program, planes: Mapping[Any, Plane], length: int, result: np.ndarray) -> None:
    """Walk the diagram for one chunk of people and write the verdicts."""
    everybody = pack(np.ones(length, np.bool_))
    reached: list[Any] = [None] * program.nodes  # planes, once somebody can get there
    reached[0] = everybody
    for edge in program.edges:
        start, end = reached[edge.start], reached[edge.end]
        through = start & planes[edge.fact, edge.classes]
        if end is None:
            reached[edge.end] = through
        else:
            end |= through
    nobody = np.zeros_like(everybody)

    def leaf(number: int | None) -> Plane:
        plane = None if number is None else reached[number]
        return nobody if plane is None else plane

    yes, no, unsure = leaf(program.yes), leaf(program.no), leaf(program.open)
    sure_no = no & ~(yes | unsure)
    # 0 not eligible, 1 to verify, 2 eligible: "may be yes or open" plus "surely yes".
    sure_yes = yes & ~(no | unsure)
    result[:] = unpack(~sure_no & everybody, length)
    result += unpack(sure_yes, length)


def editions_on(ruleset: Ruleset, on: Any, measures: Sequence[str] | None = None) -> list[CompiledEdition]:
    """The compiled editions to use on a day, for ``Crowd``."""
    from eligibility.ruleset import chosen_measures

    return [ruleset.compiled(ruleset.edition(measure, on)) for measure in chosen_measures(ruleset, measures)]
