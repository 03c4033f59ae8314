"""The period of the figures: a month, a quarter, a year, or from one month to another. Whole months only."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from texts import dates

#: No count is older: the service did not exist.
EARLIEST = "2020-01"
LONGEST_MONTHS = 60
USUAL_MONTHS = 12
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})-T([1-4])")
_YEAR = re.compile(r"\d{4}")
_ORDINALS = ("primo", "secondo", "terzo", "quarto")


class PeriodError(ValueError):
    """The period cannot be used; the message says why, in Italian."""


@dataclass(frozen=True)
class Period:
    """From the month ``first`` to the month ``last`` (``YYYY-MM``), both included. ``name``: as the choice names it."""

    first: str
    last: str
    name: str = ""

    @property
    def months(self) -> list[str]:
        """Every month of it, in order."""
        found = [self.first]
        while found[-1] < self.last:
            found.append(after(found[-1]))
        return found

    @property
    def label(self) -> str:
        """In words: «novembre 2026», «secondo trimestre 2026», «da gennaio 2026 a marzo 2026»."""
        if match := _QUARTER.fullmatch(self.name):
            return f"{_ORDINALS[int(match[2]) - 1]} trimestre {match[1]}"
        if _YEAR.fullmatch(self.name):
            return f"anno {self.name}"
        if self.first == self.last:
            return month_words(self.first)
        return f"da {month_words(self.first)} a {month_words(self.last)}"

    @property
    def query(self) -> str:
        """What an address needs to mean this period."""
        return urlencode({"periodo": self.name} if self.name else {"da": self.first, "a": self.last})


def month_of(day: dt.date) -> str:
    """The month of a day."""
    return f"{day:%Y-%m}"


def after(month: str) -> str:
    """The month after."""
    year, number = map(int, month.split("-"))
    return f"{year + 1}-01" if number == 12 else f"{year}-{number + 1:02}"


def back(month: str, count: int) -> str:
    """The month so many months before."""
    year, number = map(int, month.split("-"))
    total = year * 12 + number - 1 - count
    return f"{total // 12}-{total % 12 + 1:02}"


def month_words(month: str) -> str:
    """``2026-11`` as «novembre 2026»."""
    year, number = month.split("-")
    return dates.month_of(int(year), int(number))


def usual(today: dt.date) -> Period:
    """The last twelve months, this one included."""
    return Period(back(month_of(today), USUAL_MONTHS - 1), month_of(today))


def chosen(period: str, first: str, last: str, today: dt.date) -> Period:
    """The period somebody asked for; the usual one when nothing was asked.

    :param period: ``2026-11``, ``2026-T4`` or ``2026``; or empty, with ``first`` and ``last`` as ``YYYY-MM``.
    :raises PeriodError: not readable, the wrong way round, too long, in the future or before the service.
    """
    period, first, last = period.strip(), first.strip(), last.strip()
    if period:
        found = _named(period)
    elif first or last:
        if not (_MONTH.fullmatch(first) and _MONTH.fullmatch(last)):
            raise PeriodError("Scelga il mese di inizio e il mese di fine.")
        if first > last:
            raise PeriodError("Il mese di inizio viene dopo il mese di fine. Li scambi.")
        found = Period(first, last)
    else:
        return usual(today)
    if found.first > month_of(today):
        raise PeriodError("Questo periodo non è ancora cominciato.")
    if found.first < EARLIEST:
        raise PeriodError(f"I dati cominciano dopo {month_words(EARLIEST)}. Scelga un periodo più vicino.")
    found = Period(found.first, min(found.last, month_of(today)), found.name)
    if len(found.months) > LONGEST_MONTHS:
        raise PeriodError(f"Il periodo è troppo lungo. Ne scelga uno di {LONGEST_MONTHS} mesi al massimo.")
    return found


def _named(period: str) -> Period:
    if match := _QUARTER.fullmatch(period):
        last = int(match[2]) * 3
        return Period(f"{match[1]}-{last - 2:02}", f"{match[1]}-{last:02}", period)
    if _MONTH.fullmatch(period):
        return Period(period, period, period)
    if _YEAR.fullmatch(period):
        return Period(f"{period}-01", f"{period}-12", period)
    raise PeriodError("Questo periodo non si legge. Lo scelga dall'elenco.")


def choices(today: dt.date, first: str | None) -> dict[str, list[tuple[str, str]]]:
    """What the list of periods offers, the newest first: group -> (value, words).

    :param first: the first month with counts; None when there are none.
    """
    this = month_of(today)
    oldest = max(first or this, back(this, LONGEST_MONTHS - 1), EARLIEST)
    months = Period(min(oldest, this), this).months[::-1]
    quarters = dict.fromkeys(f"{month[:4]}-T{(int(month[5:]) + 2) // 3}" for month in months)
    years = dict.fromkeys(month[:4] for month in months)
    return {
        "Mesi": [(month, month_words(month)) for month in months],
        "Trimestri": [(quarter, _named(quarter).label) for quarter in quarters],
        "Anni": [(year, year) for year in years],
    }
