"""The nearest way to qualify, and what would change if a fact were different.

Only facts a person can act on are changed (``actionable`` in facts.yaml); what is not known stays unknown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from eligibility.assessment import Assessment, assess
from eligibility.compiled import NOT_ELIGIBLE, CompiledEdition
from eligibility.domains import Domain
from eligibility.fact_words import value_in_words
from eligibility.ruleset import Ruleset, load

MAX_CHANGES = 3


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that would have to be different. ``value``: one value that would do; ``label``: it in words."""

    fact: str
    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Way:
    """A smallest set of changes, and the verdict it would lead to."""

    measure: str
    changes: tuple[Change, ...]
    verdict: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "measure": self.measure,
            "verdict": self.verdict,
            "changes": [{"fact": c.fact, "value": c.value, "label": c.label} for c in self.changes],
        }


def nearest(
    facts: Mapping[str, Any],
    on: dt.date,
    measure: str,
    ruleset: Ruleset | None = None,
    edition: str | None = None,
) -> tuple[Way, ...]:
    """Every smallest set of changes after which the measure is no longer excluded.

    Single facts come first, then pairs, at most MAX_CHANGES; a set that holds a smaller one is left out.
    Empty when the verdict is not ``non_ammissibile``, or when nothing the person can do is enough.
    Raises FactErrors, UnknownMeasure.
    """
    ruleset = ruleset or load()
    compiled = ruleset.compiled(ruleset.edition(measure, on, edition))
    codes = list(compiled.pick(ruleset.encode(facts, on)))
    if compiled.verdict.read(codes).value != NOT_ELIGIBLE:
        return ()
    known = [
        variable
        for variable in compiled.verdict.variables
        if codes[variable] < compiled.domains[variable].size and compiled.domains[variable].fact.actionable
    ]
    found: list[Way] = []
    enough: list[frozenset[tuple[int, int]]] = []
    for size in range(1, MAX_CHANGES + 1):
        for trial in _trials(compiled, codes, known, size):
            if any(smaller <= frozenset(trial) for smaller in enough):
                continue
            changed = list(codes)
            for variable, code in trial:
                changed[variable] = code
            verdict = compiled.verdict.read(changed).value
            if verdict != NOT_ELIGIBLE:
                enough.append(frozenset(trial))
                changes = tuple(_change(compiled.domains[variable], code) for variable, code in trial)
                found.append(Way(measure, changes, verdict))
    return tuple(found)


def _trials(
    compiled: CompiledEdition, codes: Sequence[int], known: Sequence[int], size: int
) -> Iterator[tuple[tuple[int, int], ...]]:
    for chosen in combinations(known, size):
        others = [[code for code in range(compiled.domains[v].size) if code != codes[v]] for v in chosen]
        for values in product(*others):
            yield tuple(zip(chosen, values, strict=True))


def _change(domain: Domain, code: int) -> Change:
    value = domain.samples[code]
    return Change(domain.fact.id, value, value_in_words(domain.fact, value))


@dataclass(frozen=True, slots=True)
class Difference:
    """What changes for one measure. ``criteria``: id -> (outcome before, outcome after)."""

    measure: str
    verdict: tuple[str, str]
    criteria: Mapping[str, tuple[str, str]]
    no_longer_missing: tuple[str, ...]
    newly_missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data, pairs as ``{"before", "after"}``."""
        return {
            "measure": self.measure,
            "verdict": {"before": self.verdict[0], "after": self.verdict[1]},
            "criteria": {id_: {"before": before, "after": after} for id_, (before, after) in self.criteria.items()},
            "no_longer_missing": list(self.no_longer_missing),
            "newly_missing": list(self.newly_missing),
        }


def what_if(
    facts: Mapping[str, Any],
    changes: Mapping[str, Any],
    on: dt.date,
    measures: Sequence[str] | None = None,
    ruleset: Ruleset | None = None,
    also_on: dt.date | None = None,
) -> tuple[Difference, ...]:
    """The measures for which something changes when ``changes`` replace (or add) facts.

    ``also_on``: compare with this date instead of the same one. Measures that stay the same are left out.
    Raises FactErrors, UnknownMeasure.
    """
    before = assess(facts, on, measures, ruleset=ruleset)
    after = assess({**facts, **changes}, also_on or on, measures, ruleset=ruleset)
    differences = (_difference(old, new) for old, new in zip(before.assessments, after.assessments, strict=True))
    return tuple(difference for difference in differences if difference is not None)


def _difference(old: Assessment, new: Assessment) -> Difference | None:
    outcomes = {criterion.id: criterion.outcome for criterion in old.criteria}
    criteria = {
        criterion.id: (outcomes.get(criterion.id, "assente"), criterion.outcome)
        for criterion in new.criteria
        if outcomes.get(criterion.id) != criterion.outcome
    }
    gone = tuple(id_ for id_ in old.missing_facts if id_ not in new.missing_facts)
    come = tuple(id_ for id_ in new.missing_facts if id_ not in old.missing_facts)
    if old.verdict == new.verdict and not criteria and not gone and not come:
        return None
    return Difference(new.measure, (old.verdict, new.verdict), criteria, gone, come)
