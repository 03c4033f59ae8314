"""Months of an absence: the one rule, for the engine and for the reading of messages.

Both days are included. Whole months are counted from the first day to the day after the last one (from 1 September to 28
February are exactly six; where the day does not exist, the last of the month). The rest is a share of the month under way,
cut to hundredths and never rounded up. The language side lives in another environment and cannot import this module: it
states the same rule in ``bot/facts/months.py``, and both are tested against the examples of
``tests/months_between.csv``.
"""

from __future__ import annotations

import calendar
import datetime as dt


def add_months(day: dt.date, months: int) -> dt.date:
    """The same day of the month so many months later (or before), or the last day of that month."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_between(first: dt.date, last: dt.date) -> float:
    """Months of an absence, both days included; less than six months never becomes six."""
    after = last + dt.timedelta(days=1)
    whole = (after.year - first.year) * 12 + after.month - first.month
    if add_months(first, whole) > after:
        whole -= 1
    reached, following = add_months(first, whole), add_months(first, whole + 1)
    hundredths = (after - reached).days * 100 // (following - reached).days
    return round(whole + hundredths / 100, 2)
