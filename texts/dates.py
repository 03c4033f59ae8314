"""Days and months as people say them in Italian: the one place with their names."""

from __future__ import annotations

import datetime as dt

MONTHS = tuple("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split())

WEEKDAYS = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")


def long_date(day: dt.date | str) -> str:
    """A date as it is said: «1° gennaio 2026», also from an ISO date."""
    if isinstance(day, str):
        day = dt.date.fromisoformat(day[:10])
    return f"{_number(day)} {MONTHS[day.month - 1]} {day.year}"


def day_and_month(day: dt.date) -> str:
    """A day near enough to need no year: «lunedì 24 novembre»."""
    return f"{WEEKDAYS[day.weekday()]} {_number(day)} {MONTHS[day.month - 1]}"


def month_of(year: int, month: int) -> str:
    """A month as it is said: «gennaio 2026»."""
    return f"{MONTHS[month - 1]} {year}"


def _number(day: dt.date) -> str:
    return "1°" if day.day == 1 else str(day.day)
