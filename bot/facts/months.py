"""Months between two days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def months_between(start: date, end: date) -> float:
    """Months from `start` to `end`, both included: the rule of eligibility/months.py, word for word.

    Whole months are counted to the day after the last one (from 1 September to 28 February are six); the rest is a share
    of the month under way, cut to hundredths and never rounded up. tests/months_between.csv holds examples that
    both are tested against.
    """
    after = end + timedelta(days=1)
    whole = (after.year - start.year) * 12 + after.month - start.month
    if _later(start, whole) > after:
        whole -= 1
    reached, following = _later(start, whole), _later(start, whole + 1)
    hundredths = (after - reached).days * 100 // (following - reached).days
    return round(whole + hundredths / 100, 2)


def _later(day: date, months: int) -> date:
    """The same day of the month so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
