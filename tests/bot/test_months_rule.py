"""The months of an absence are counted as the engine counts them: same examples, same answers."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from bot.facts.months import months_between

EXAMPLES = Path(__file__).parents[1] / "months_between.csv"


def test_the_language_side_counts_months_as_the_engine_does() -> None:
    with EXAMPLES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 300
    for row in rows:
        first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
        assert months_between(first, last) == float(row["months"]), row


def test_from_september_to_the_end_of_february_are_six() -> None:
    assert months_between(date(2025, 9, 1), date(2026, 2, 28)) == 6.0
