"""Every sentence of ``cases/`` is read as written there, and nothing more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.evaluate import Line, Result, _count
from bot.facts.context import Context
from bot.facts.extract import read

CASES = [
    pytest.param(json.loads(line), id=f"{path.stem}-{number}")
    for path in sorted((Path(__file__).parent / "cases").glob("*.jsonl"))
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    if line.strip()
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: dict) -> None:
    found = {item.fact: item.value for item in read(case["text"], Context.from_metadata(case)).facts}
    assert _count(Result([]), Line(case["text"], None, case["facts"], {"facts": found})), (
        f"{case['text']!r}: expected {case['facts']}, read {found}"
    )


def test_there_are_cases_of_every_kind() -> None:
    from bot.facts.catalogue import facts

    named = {fact for param in CASES for fact in param.values[0]["facts"]}
    assert set(facts()) <= named | {"unita_produttiva_lombardia"}
