"""The Italian guides: easy to read, with pictures that exist and are light."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.screenshots import MOST_BYTES
from texts.readability import gulpease

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = sorted(DOCS.glob("guida-*.md"))
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")


def prose(markdown: str) -> str:
    """The sentences of a guide, without code, tables, pictures and marks."""
    text = _PICTURE.sub("", re.sub(r"```.*?```", "", markdown, flags=re.S))
    lines = [re.sub(r"^\s*(?:[-*]|\d+\.|#+)\s+", "", line) for line in text.splitlines() if not line.startswith("|")]
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    return " ".join(
        line if line.rstrip().endswith((".", ":", "?")) else f"{line}." for line in paragraphs if line.strip()
    )


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_guides_are_easy_to_read(guide: Path) -> None:
    assert gulpease(re.sub(r"[*`]|\[|\]\([^)]*\)", "", prose(guide.read_text(encoding="utf-8")))) >= 60


def test_every_role_has_a_guide_with_pictures() -> None:
    assert {path.stem.removeprefix("guida-") for path in GUIDES} >= {
        "cittadini",
        "sportello",
        "operatori",
        "medici",
        "monitoraggio",
    }
    for guide in GUIDES:
        assert _PICTURE.search(guide.read_text(encoding="utf-8")), guide.name


def test_pictures_exist_are_light_and_say_what_they_show() -> None:
    for page in (*GUIDES, DOCS.parent / "README.md", DOCS.parent / "README.it.md"):
        for words, address in _PICTURE.findall(page.read_text(encoding="utf-8")):
            picture = page.parent / address
            assert words.strip() and picture.is_file(), (page.name, address)
            assert picture.stat().st_size < MOST_BYTES, (page.name, address)


def test_no_picture_is_left_over() -> None:
    pages = [*DOCS.rglob("*.md"), *DOCS.parent.glob("*.md")]
    shown = {Path(address).name for page in pages for _, address in _PICTURE.findall(page.read_text(encoding="utf-8"))}
    assert {path.name for path in (DOCS / "images").glob("*.png")} - shown == set()
