"""The security papers show evidence that exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.evidence import ROOT, missing
from tests.security import asvs

PAPERS = sorted(
    [
        *(ROOT / "docs" / "security").glob("*.md"),
        *(ROOT / "docs" / "privacy").glob("*.md"),
        ROOT / "docs" / "security.md",
    ]
)


def test_every_requirement_has_evidence_that_exists_or_says_why_not() -> None:
    wrong = []
    for entry in asvs.load():
        assert entry["status"] in asvs.STATUSES, entry["id"]
        wrong += filter(None, map(missing, entry.get("evidence", ())))
        if entry["status"] in ("met", "partly") and not entry.get("evidence"):
            wrong.append(f"{entry['id']}: no evidence")
        if entry["status"] in ("partly", "not applicable") and not entry.get("note"):
            wrong.append(f"{entry['id']}: does not say what is missing, or why it does not apply")
    assert wrong == []


def test_the_requirements_are_in_order_and_once_each() -> None:
    numbers = [tuple(map(int, entry["id"].removeprefix("V").split("."))) for entry in asvs.load()]
    assert len(set(numbers)) == len(numbers) >= 240
    assert [number[:2] for number in numbers] == sorted(number[:2] for number in numbers)


def test_the_page_is_made_from_the_list() -> None:
    shown = (asvs.FOLDER / "asvs.md").read_text(encoding="utf-8")
    assert shown == asvs.render(asvs.load()), "run: .venv/bin/python -m tests.security.asvs"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_what_the_papers_point_to_exists(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    quoted = re.findall(r"`((?:[a-z_]+/)[\w./-]+(?:::\w+)?)`", text)
    linked = [str((paper.parent / link).resolve().relative_to(ROOT)) for link in re.findall(r"\]\(([\w./-]+)\)", text)]
    wrong = [missing(name) for name in [*quoted, *linked] if not name.startswith(("keys/", "logs/"))]
    assert list(filter(None, wrong)) == []
