"""Feelings that a message tells of: fear, pain, tiredness, anger, relief, sadness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import yaml

from bot.acts.shape import Act
from bot.facts.reading import Reading

CONFIDENCE = 0.8


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    data = yaml.safe_load((Path(__file__).parent / "feelings.yaml").read_text(encoding="utf-8"))
    return tuple((name, re.compile("|".join(patterns))) for name, patterns in data.items())


def felt(reading: Reading) -> Iterator[Act]:
    """One act for each feeling that the person tells of, not those of others and not denied ones."""
    for name, pattern in _patterns():
        for match in pattern.finditer(reading.whole):
            clause = reading.clause_at(match.start())
            if clause.ours and not reading.negated(match.start(), 3):
                found = reading.found(name, name, match.start(), match.end())
                yield Act("feel", CONFIDENCE, found.start, found.end, {"feeling": name})
                break
