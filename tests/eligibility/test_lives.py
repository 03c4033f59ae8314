"""Thirty whole lives: the three first actions of each, with their deadlines and offices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from eligibility.situations import measures_for
from eligibility.today import plan_for

LIVES = [
    pytest.param(life, id=life["name"])
    for path in sorted((Path(__file__).parent / "lives").glob("*.yaml"))
    for life in yaml.safe_load(path.read_text(encoding="utf-8"))
]


def test_there_are_thirty_lives_in_every_situation() -> None:
    assert len(LIVES) >= 30
    assert len({param.values[0]["situation"] for param in LIVES}) == 6


@pytest.mark.parametrize("life", LIVES)
def test_a_life_meets_its_first_actions(life: dict[str, Any]) -> None:
    plan = plan_for(life["facts"], life["date"])
    assert plan.situation == life["situation"]
    found = []
    for action in plan.front:
        seen = {"measure": action.measure, "rank": action.rank}
        if action.deadline is not None and action.deadline.date is not None:
            seen["deadline"] = action.deadline.date.isoformat()
        if action.office is not None:
            seen["office"] = action.office.name
        found.append(seen)
    assert found == life["first"]
    assert {a.measure for a in (*plan.actions, *plan.others)} == set(measures_for(plan.situation))
