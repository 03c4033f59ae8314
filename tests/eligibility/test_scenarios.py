"""The scenarios of tests/eligibility/scenarios, and what they must cover."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

import eligibility
from eligibility.scenarios import Scenario, load_scenarios

FOLDER = Path(__file__).parent / "scenarios"
SCENARIOS = load_scenarios(FOLDER)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.where} {s.name}")
def test_scenario(scenario: Scenario) -> None:
    assert scenario.failures(eligibility.load()) == []


def test_every_criterion_is_met_somewhere_and_failed_somewhere() -> None:
    ruleset = eligibility.load()
    seen: dict[tuple[str, str], set[str]] = defaultdict(set)
    for scenario in SCENARIOS:
        answer = scenario.assess(ruleset)
        for criterion in answer.criteria:
            seen[f"{answer.measure}/{answer.edition}", criterion.id].add(criterion.outcome)
    needed = {"soddisfatto", "non_soddisfatto"}
    lacking = {
        f"{edition.id}: {criterion.id}": sorted(needed - seen[edition.id, criterion.id])
        for edition in ruleset.editions
        for criterion in edition.criteria
        if needed - seen[edition.id, criterion.id] and can_fail_and_hold(ruleset, edition, criterion)
    }
    assert lacking == {}


def can_fail_and_hold(ruleset, edition, criterion) -> bool:
    """False for a criterion the law leaves wholly open: it has no other outcome to show."""
    compiled = ruleset.compiled(edition)
    (evaluator,) = (c.evaluator for c in compiled.criteria if c.criterion.id == criterion.id)
    values = {compiled.diagrams.value[node] for node in compiled.diagrams.reachable(evaluator.root)}
    return {"soddisfatto", "non_soddisfatto"} <= values


def test_every_edition_has_each_verdict_somewhere() -> None:
    ruleset = eligibility.load()
    seen: dict[str, set[str]] = defaultdict(set)
    for scenario in SCENARIOS:
        answer = scenario.assess(ruleset)
        seen[f"{answer.measure}/{answer.edition}"].add(answer.verdict)
    assert {edition.id: sorted(seen[edition.id]) for edition in ruleset.editions if len(seen[edition.id]) < 2} == {}


def test_every_edition_is_seen_before_during_and_after() -> None:
    """Each side of the window that exists has a scenario."""
    ruleset = eligibility.load()
    seen: dict[str, set[str]] = defaultdict(set)
    for scenario in SCENARIOS:
        answer = scenario.assess(ruleset)
        seen[f"{answer.measure}/{answer.edition}"].add(answer.status)
    lacking = {}
    for edition in ruleset.editions:
        days = [day for day in (edition.window.start, edition.window.end) if day]
        reachable = {edition.status(day) for day in days}
        if missing := reachable - seen[edition.id]:
            lacking[edition.id] = sorted(missing)
    assert lacking == {}
