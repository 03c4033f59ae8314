"""The Italian words of the person's page, from ``words.yaml`` beside this file."""

from __future__ import annotations

import functools
from typing import Any

from referrals import words as state_words
from texts.word_files import words_beside


@functools.cache
def words() -> dict[str, Any]:
    """Every text by key, and the steps of a referral (``timeline``)."""
    found: dict[str, Any] = words_beside(__file__)
    return found | {"timeline": state_words.load()["passi"]}
