"""No text takes long to read: what a pattern costs grows with the length of the text and no faster.

The patterns of the dialogue engine are tried in its own environment, by ``tests/bot/test_growth.py``.
"""

from __future__ import annotations

import re

import pytest

from benchmarks.adversarial_text.growth import of_pattern
from benchmarks.adversarial_text.patterns import Patterns
from benchmarks.adversarial_text.subjects import application_patterns


@pytest.fixture(scope="module")
def patterns() -> Patterns:
    """All patterns of the application, found in its modules."""
    return application_patterns()


def test_the_patterns_are_found_wherever_they_stand(patterns: Patterns) -> None:
    files = {place.rpartition(":")[0] for place in patterns.found.values()}
    assert {
        "dialogue/topics/result.py",  # when a module loads
        "dialogue/measure_names.py",  # from a list of words
        "eligibility/places.py",  # inside a function that did not run
        "referrals/csv_import.py",  # given to the function
    } <= files
    assert len(patterns.found) > 50


def test_every_pattern_of_the_application_is_linear(patterns: Patterns) -> None:
    grown = {place: growth for pattern, place in patterns.found.items() if (growth := of_pattern(pattern))}
    assert not grown, "\n".join(
        f"{place}: power {growth.power:.1f} on {growth.pump}" for place, growth in grown.items()
    )


@pytest.mark.parametrize(
    "steep",
    [
        r"^(?:(?:ma|e|come) ?,? ?)*(?:si|no)\b",  # two ways through one blank: doubles with each word
        r"^(?:ma figur\w+ |ma |figura )*$",  # two ways through the same words
        r"\bmanda\w*\b.*\bfoglio\b.*\bmail\b",  # a search that starts anew at each word, twice
        r"[^\s@]+@[^\s@]+",  # a search that starts anew at each letter
        r"\b(?:ho|da)(?: da| di)*$",
        r"(?:\d{1,11}[-/.]?){0,12}(?= )",
    ],
)
def test_what_grows_faster_is_found(steep: str) -> None:
    assert of_pattern(re.compile(steep)) is not None


@pytest.mark.parametrize(
    "flat", [r"^(?:(?:ma|e|come)(?: ,)? )*(?:si|no)\b", r"(?<!\S)\S+@\S+", r"\bmanda\w*\b.{0,80}\bfoglio\b", r"\w+"]
)
def test_what_is_linear_passes(flat: str) -> None:
    assert of_pattern(re.compile(flat)) is None
