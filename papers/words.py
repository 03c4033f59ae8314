"""The Italian words of the papers, from ``words.yaml`` beside this file."""

from __future__ import annotations

from typing import Any

from texts.word_files import words_beside


def words() -> dict[str, Any]:
    """Every text by key."""
    return words_beside(__file__)
