"""Recognises emergencies before anything else, by a reviewed list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.facts.words import fold, tokenize
from bot.intents.focus import cap_length

KINDS = ("self_harm", "acute", "violence")
INTENT = "emergency"
# Above this probability the classifier's own opinion is enough, even when another intent is likelier.
CLASSIFIER_THRESHOLD = 0.3


@dataclass(frozen=True)
class Alarm:
    """:ivar kind: what it is about, None for no emergency. :ivar text: the message without figures of speech."""

    kind: str | None
    text: str


@lru_cache(maxsize=1)
def _lexicon() -> tuple[dict[str, re.Pattern[str]], re.Pattern[str]]:
    data = yaml.safe_load((Path(__file__).parent / "emergency.yaml").read_text(encoding="utf-8"))
    return {kind: _either(data[kind]) for kind in KINDS}, _either(data["figures_of_speech"])


def _either(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


def look_for_emergency(text: str) -> Alarm:
    """Search `text`, of any length and content."""
    kinds, figures = _lexicon()
    words = " ".join(word.text for word in tokenize(fold(cap_length(text, 3000, 3000))))
    plain, replaced = figures.subn("…", words)
    kind = next((name for name, pattern in kinds.items() if pattern.search(plain)), None)
    return Alarm(kind, plain if replaced else text)
