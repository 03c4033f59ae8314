"""The short words that pages and chat share (``words.yaml``)."""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Any

import yaml

from settings.clock import ROME

_MONTHS = "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()


@functools.cache
def words() -> dict[str, Any]:
    """Everything in ``words.yaml``."""
    return yaml.safe_load(Path(__file__).with_name("words.yaml").read_text(encoding="utf-8"))


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


def long_date(value: dt.date) -> str:
    """A date as people say it: «1° gennaio 2026»."""
    day = "1°" if value.day == 1 else str(value.day)
    return f"{day} {_MONTHS[value.month - 1]} {value.year}"
