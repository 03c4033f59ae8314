"""The Italian words of the person's page, from ``words.yaml`` beside this file."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

from referrals import words as state_words


@functools.cache
def words() -> dict[str, Any]:
    """Every text by key, and the steps of a referral (``timeline``)."""
    found: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))
    return found | {"timeline": state_words.load()["passi"]}
