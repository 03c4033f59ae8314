"""Dates in messages, and the months between two of them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from bot.facts.months import months_between
from bot.facts.reading import Reading

_MONTH = r"(?:gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|novembre|dicembre|gen|feb|mar|apr|mag|giu|lug|ago|set|sett|ott|nov|dic)"
_MONTHS = (
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
)
_DAY = (
    r"(?:l' ?)?(?:(?P<part{0}>inizi[oa]?|fine|meta|primi di)(?: di)? (?P<mp{0}>"
    + _MONTH
    + r")(?: (?:del )?(?P<yp{0}>\d{{4}}))?|(?P<d{0}>\d{{1,2}}|primo)(?: o| °)? (?:di )?(?P<m{0}>"
    + _MONTH
    + r")(?: (?:del )?(?P<y{0}>\d{{4}}|' \d{{2}}))?|(?P<dn{0}>\d{{1,2}}) (?:/|-|\.) (?P<mn{0}>\d{{1,2}})(?: (?:/|-|\.) (?P<yn{0}>\d{{4}}|\d{{2}}))?)"
)
_FROM_TO = re.compile(
    r"\b(?:dal|dall'|da) ?" + _DAY.format(1) + r" ?,? ?(?:e )?(?:fino )?(?:al|all'|a) ?" + _DAY.format(2) + r"(?= |$)"
)
_SINCE = re.compile(r"\b(?:dal|dall'|da) ?" + _DAY.format(1) + r"(?= |$)")
_STILL = re.compile(
    r"\b(?:ancora|sono (?:a casa|in malattia|assente|ferm[oa])|e (?:a casa|in malattia|assente|ferm[oa])|fino a oggi|ad oggi|a oggi|tuttora)\b"
)


def spans_of_dates(reading: Reading) -> Iterator[tuple[float | int, int, int]]:
    """Months of each "from ... to ..." of the message, with its place in the canonical text.

    "Since ..." counts up to today only where the message says that it still lasts and today is known.
    """
    text, today = reading.text, reading.context.today
    matched = False
    for match in _FROM_TO.finditer(text):
        start, end = _dates(match, today)
        if start and end and start <= end:
            matched = True
            yield _tidy(months_between(start, end)), match.start(), match.end()
    if matched or today is None:
        return
    for match in _SINCE.finditer(text):
        start = _one(match, 1, today.year, today)
        if start and start <= today and _STILL.search(reading.clause_text(match.start())):
            yield _tidy(months_between(start, today)), match.start(), match.end()


def _tidy(months: float) -> float | int:
    return int(months) if months == int(months) else months


def _dates(match: re.Match[str], today: date | None) -> tuple[date | None, date | None]:
    """Both dates; a year that is missing is that of the other, or the last that makes sense."""
    year = today.year if today else 2024  # any year serves for the difference when none is named
    end_year, start_year = _year(match, 2), _year(match, 1)
    end = _one(match, 2, end_year or start_year or year, None)
    start = _one(match, 1, start_year or end_year or (end.year if end else year), None)
    if start and end and start > end:
        if start_year is None:
            start = _replace_year(start, start.year - 1)
        elif end_year is None:
            end = _replace_year(end, end.year + 1)
    return start, end


def _replace_year(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def _year(match: re.Match[str], which: int) -> int | None:
    text = match[f"y{which}"] or match[f"yn{which}"] or match[f"yp{which}"]
    if not text:
        return None
    digits = int(re.sub(r"\D", "", text))
    return digits if digits > 99 else 2000 + digits


def _day(part: str | None, day: str | None, year: int, month: int) -> int:
    if part:
        return {"f": monthrange(year, month)[1], "m": 15}.get(part[0], 1)
    return 1 if day == "primo" else int(day or 0)


def _one(match: re.Match[str], which: int, year: int, not_after: date | None) -> date | None:
    day = match[f"d{which}"] or match[f"dn{which}"]
    month = match[f"m{which}"] or match[f"mn{which}"] or match[f"mp{which}"]
    named = next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(month[:3])), None)
    try:
        month_number = named or int(month)
        result = date(_year(match, which) or year, month_number, _day(match[f"part{which}"], day, year, month_number))
    except ValueError:
        return None  # the 31st of February and the like
    if not_after and result > not_after and _year(match, which) is None:
        result = _replace_year(result, result.year - 1)
    return result
