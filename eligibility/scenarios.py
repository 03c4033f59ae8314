"""Scenarios: example people with the answer expected, as data an officer can read and the tests run.

A file is a list; each scenario has ``name, date, measure, facts, verdict, status`` and optionally
``edition``, ``missing`` (facts still to ask, in order), ``outcomes`` ({criterion: outcome}), ``gaps``
({criterion: id of the open point}) and ``next`` (the next question). ``~`` as a fact's value means that
the person does not know.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eligibility.assessment import Assessment, assess
from eligibility.errors import RuleError
from eligibility.questions import next_question
from eligibility.ruleset import Ruleset, read_yaml

_NEEDED = {"name", "date", "measure", "facts", "verdict", "status"}
_OPTIONAL = {"edition", "missing", "outcomes", "gaps", "next", "note", "deadlines"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """One example and what must come out of it; None means not checked."""

    name: str
    date: dt.date
    measure: str
    facts: Mapping[str, Any]
    verdict: str
    status: str
    edition: str | None
    missing: tuple[str, ...] | None
    outcomes: Mapping[str, str]
    gaps: Mapping[str, str]
    next: str | None
    deadlines: Mapping[str, dt.date | None]
    where: str

    def assess(self, ruleset: Ruleset) -> Assessment:
        """The engine's answer for it."""
        editions = {self.measure: self.edition} if self.edition else None
        return assess(self.facts, self.date, [self.measure], ruleset=ruleset, editions=editions).assessments[0]

    def failures(self, ruleset: Ruleset) -> list[str]:
        """In what the engine differs from the scenario; empty when they agree."""
        got = self.assess(ruleset)
        wrong = []

        def check(what: str, expected: Any, actual: Any) -> None:
            if expected != actual:
                wrong.append(f"{what}: atteso {expected!r}, ottenuto {actual!r}")

        check("verdict", self.verdict, got.verdict)
        check("status", self.status, got.status)
        if self.missing is not None:
            check("missing", list(self.missing), list(got.missing_facts))
        found = {criterion.id: criterion for criterion in got.criteria}
        for id_, outcome in self.outcomes.items():
            check(f"outcomes.{id_}", outcome, found[id_].outcome if id_ in found else "criterio inesistente")
        for id_, gap in self.gaps.items():
            check(f"gaps.{id_}", gap, found[id_].gap if id_ in found else "criterio inesistente")
        due = {found.id: found.date for found in got.deadlines}
        for id_, day in self.deadlines.items():
            check(f"deadlines.{id_}", day, due.get(id_, "scadenza inesistente"))
        if self.next is not None:
            question = next_question(self.facts, self.date, [self.measure], ruleset=ruleset)
            check("next", self.next, question.fact if question else None)
        return wrong


def load_scenarios(folder: Path) -> list[Scenario]:
    """Every scenario of a folder's YAML files, in order. Raises RuleError."""
    found = []
    for path in sorted(folder.glob("**/*.yaml")):
        data = read_yaml(path.read_text(encoding="utf-8"), path.name)
        if not isinstance(data, list):
            raise RuleError(f"{path.name}: serve un elenco di scenari.")
        found += [_scenario(item, f"{path.name}[{n}]") for n, item in enumerate(data)]
    return found


def _scenario(item: Any, where: str) -> Scenario:
    if not isinstance(item, Mapping) or not _NEEDED <= set(item) or set(item) - _NEEDED - _OPTIONAL:
        raise RuleError(
            f"{where}: uno scenario ha {', '.join(sorted(_NEEDED))} e, se serve, {', '.join(sorted(_OPTIONAL))}."
        )
    if not isinstance(item["date"], dt.date):
        raise RuleError(f"{where}: la data va scritta AAAA-MM-GG.")
    missing = item.get("missing")
    return Scenario(
        name=str(item["name"]), date=item["date"], measure=item["measure"], facts=item["facts"] or {},
        verdict=item["verdict"], status=item["status"], edition=item.get("edition"),
        missing=None if missing is None else tuple(missing), outcomes=item.get("outcomes") or {},
        gaps=item.get("gaps") or {}, next=item.get("next"), deadlines=item.get("deadlines") or {}, where=where,
    )  # fmt: skip
