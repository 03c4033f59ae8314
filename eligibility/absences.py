"""From dates of absence to the facts the rules ask: months, working days in the last 12 and 6 months.

How things are counted, where the sources are silent (facts sheet, section 10, points 5 to 8):

* the last day of absence is included; six months are complete when the day after it is the same day of the
  month as the first one, six months later (from 3 March to 2 September); where that day does not exist, the
  last day of the month;
* working days are Monday to Friday, holidays excluded (other weeks can be given);
* two spells with no working day between them are one spell: a weekend does not break an absence;
* the last 12 and 6 months end on the reference date. They are counted also back from the day of return: if
  that would change the answer, ``warnings`` says so;
* when one spell alone lasts six months, the absence is told as continuous and as long as that spell.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from eligibility.errors import EligibilityError
from eligibility.months import add_months, months_between

MONDAY_TO_FRIDAY = frozenset(range(5))
_DAY = dt.timedelta(days=1)
_LONGEST = dt.timedelta(days=366 * 20)
_THRESHOLDS = {"giorni_assenza_12_mesi": 126, "giorni_assenza_6_mesi": 76}


class AbsenceError(EligibilityError):
    """The dates cannot be used; the Italian message says which and why."""


@dataclass(frozen=True, slots=True)
class Spell:
    """An absence, first and last day included; ``last`` None: still absent."""

    first: dt.date
    last: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """``facts``: ready for ``assess``. ``warnings``: what a person should check, in Italian."""

    facts: dict[str, Any]
    warnings: tuple[str, ...] = ()


def derive_absences(
    spells: Iterable[Spell | tuple[dt.date, dt.date | None]],
    on: dt.date,
    week: Collection[int] = MONDAY_TO_FRIDAY,
    patron: tuple[int, int] | None = None,
) -> Derived:
    """Facts about absence on the reference date.

    ``spells``: absences in any order, may touch or overlap. ``week``: worked weekdays, Monday is 0.
    ``patron``: (month, day) of the local holiday of the place of work. Raises AbsenceError.
    """
    merged = _merge([_checked(spell, on) for spell in spells], week, patron)
    if not merged:
        raise AbsenceError("Serve almeno un periodo di assenza.")
    still_absent = merged[-1][1] is None
    closed = [(first, last or on) for first, last in merged]
    months = [months_between(first, last) for first, last in closed]
    longest = max(months)
    continuous = len(closed) == 1 or longest >= 6
    facts: dict[str, Any] = {
        "mesi_assenza": longest if continuous else round(sum(months), 2),
        "assenza_continuativa": continuous,
        "giorni_assenza_12_mesi": _working_days_in(closed, on, 12, week, patron),
        "giorni_assenza_6_mesi": _working_days_in(closed, on, 6, week, patron),
    }
    warnings = []
    if still_absent:
        facts["rientrato_al_lavoro"] = False
    else:
        back = closed[-1][1]
        for fact, window in (("giorni_assenza_12_mesi", 12), ("giorni_assenza_6_mesi", 6)):
            other = _working_days_in(closed, back, window, week, patron)
            if (other >= _THRESHOLDS[fact]) != (facts[fact] >= _THRESHOLDS[fact]):
                warnings.append(
                    f"Contando {window} mesi fino al rientro i giorni sono {other}. Fino a oggi sono {facts[fact]}. "
                    "Le fonti non dicono quale conto vale: va verificato."
                )
    return Derived(facts, tuple(warnings))


def _checked(spell: Spell | tuple[dt.date, dt.date | None], on: dt.date) -> tuple[dt.date, dt.date | None]:
    first, last = (spell.first, spell.last) if isinstance(spell, Spell) else spell
    if last is not None and last < first:
        raise AbsenceError("La fine di un'assenza viene prima dell'inizio.")
    if first > on:
        raise AbsenceError("Un'assenza comincia dopo la data di riferimento.")
    if last is not None and last > on:
        last = None  # it goes on after the reference date: on that day the person is absent
    if (last or on) - first > _LONGEST:
        raise AbsenceError("Un'assenza dura più di vent'anni: una data va corretta.")
    return first, last


def _merge(
    spells: list[tuple[dt.date, dt.date | None]], week: Collection[int], patron: tuple[int, int] | None
) -> list[tuple[dt.date, dt.date | None]]:
    merged: list[tuple[dt.date, dt.date | None]] = []
    for first, last in sorted(spells, key=lambda spell: spell[0]):
        if merged:
            start, end = merged[-1]
            if end is None:
                continue
            if first <= end or working_days(end + _DAY, first - _DAY, week, patron) == 0:
                merged[-1] = (start, None if last is None else max(end, last))
                continue
        merged.append((first, last))
    return merged


def working_days(
    first: dt.date, last: dt.date, week: Collection[int] = MONDAY_TO_FRIDAY, patron: tuple[int, int] | None = None
) -> int:
    """Working days from ``first`` to ``last``, both included; 0 when the span is empty.

    Raises EligibilityError when the ``holidays`` package is not installed.
    """
    if last < first:
        return 0
    closed = _holidays()
    count = 0
    day = first
    while day <= last:
        if day.weekday() in week and day not in closed and (day.month, day.day) != patron:
            count += 1
        day += _DAY
    return count


@lru_cache(maxsize=1)
def _holidays() -> Collection[dt.date]:
    """Italian holidays; the package works out a year when a day of it is first asked about."""
    try:
        import holidays
    except ImportError as problem:
        raise EligibilityError("Per contare i giorni di lavoro serve il pacchetto Python «holidays».") from problem
    return holidays.country_holidays("IT")


def _working_days_in(
    spells: Sequence[tuple[dt.date, dt.date]],
    end: dt.date,
    months: int,
    week: Collection[int],
    patron: tuple[int, int] | None,
) -> int:
    """Working days of absence in the ``months`` that end on ``end`` (included)."""
    start = add_months(end, -months) + _DAY
    return sum(working_days(max(first, start), min(last, end), week, patron) for first, last in spells)
