"""The short words that pages and chat share (``words.yaml``)."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from referrals import words as state_words
from settings.clock import ROME
from texts.word_files import words_beside


@functools.cache
def words() -> dict[str, Any]:
    """Everything in ``words.yaml``, and the titles of a referral's states (``referral_title``)."""
    found: dict[str, Any] = words_beside(__file__)
    return found | {"referral_title": state_words.load()["titoli_stati"]}


def italian_date(value: str | dt.date | None) -> str:
    """``2020-12-31`` as «31/12/2020»; empty for None."""
    if value is None:
        return ""
    day = dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return f"{day:%d/%m/%Y}"


def local_day(moment: dt.datetime) -> dt.date:
    """The day of an instant on the Italian calendar."""
    return moment.astimezone(ROME).date()


def italian_moment(moment: dt.datetime) -> str:
    """An instant as «22/11/2026 14:56», Italian time."""
    return f"{moment.astimezone(ROME):%d/%m/%Y %H:%M}"
