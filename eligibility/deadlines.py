"""The deadlines of a right for one person on one day: "entro 68 giorni: fino al 3 febbraio 2027"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eligibility.absences import add_months
from eligibility.conditions import condition
from eligibility.deadline_rules import Deadline
from eligibility.facts import long_date
from eligibility.ruleset import Ruleset
from eligibility.sources import cite


@dataclass(frozen=True, slots=True)
class DueDate:
    """One deadline as it stands.

    ``date``: the last useful day, None where the person's date is not known. ``days_left``: from the reference date to
    it, 0 on the last day, negative once passed, None with ``date``. ``text``: what to do and by when, in words.
    ``label``: only the when. ``fact``: the date it runs from, None for a fixed day.
    """

    id: str
    date: dt.date | None
    days_left: int | None
    label: str
    text: str
    fact: str | None
    sources: tuple[dict[str, Any], ...]

    @property
    def passed(self) -> bool:
        """Is the last useful day gone?"""
        return self.days_left is not None and self.days_left < 0

    def to_dict(self) -> dict[str, Any]:
        """Plain data, the date in ISO."""
        return {
            "id": self.id, "date": self.date.isoformat() if self.date else None, "days_left": self.days_left,
            "passed": self.passed, "label": self.label, "text": self.text, "fact": self.fact,
            "sources": [dict(source) for source in self.sources],
        }  # fmt: skip


def last_day(deadline: Deadline, facts: Mapping[str, Any]) -> dt.date | None:
    """The last useful day; the day itself of the starting date is not counted (day 1 is the one after it)."""
    if deadline.fixed is not None:
        return deadline.fixed
    start = facts.get(deadline.start or "")
    if start is None:
        return None
    day = dt.date.fromisoformat(start)
    if deadline.months is not None:
        return add_months(day, deadline.months)
    return day + dt.timedelta(days=deadline.days or 0)


def due_dates(
    ruleset: Ruleset,
    deadlines: tuple[Deadline, ...],
    facts: Mapping[str, Any],
    codes: Sequence[int],
    on: dt.date,
    audience: str,
) -> tuple[DueDate, ...]:
    """The deadlines that may concern the person, the nearest first, those without a date and those passed last.

    ``facts``: coerced; ``codes``: of the same person. A deadline is left out where its condition is surely false.
    """
    found = []
    for deadline in deadlines:
        if deadline.when is not None and condition(ruleset, deadline.when).read(codes)[0] is False:
            continue
        day = last_day(deadline, facts)
        left = (day - on).days if day is not None else None
        label = due_label(deadline, day, audience)
        if left is not None and left < 0:
            text = f"Il termine era il {long_date(day)}. {deadline.passed[audience]}" if day else ""
        else:
            text = f"{deadline.text[audience]} {label}."
        found.append(
            DueDate(
                deadline.id,
                day,
                left,
                label,
                text,
                deadline.start,
                tuple(cite(ruleset.sources, deadline.sources, on)),
            )
        )
    return tuple(sorted(found, key=lambda due: (due.passed, due.date is None, due.date or on)))


def due_label(deadline: Deadline, day: dt.date | None, audience: str) -> str:
    """By when, in words: with the day where it is known, else counted from what."""
    if deadline.fixed is not None:
        return f"entro il {long_date(deadline.fixed)}"
    if day is None:
        return f"entro {deadline.span} {deadline.counted[audience]}" if deadline.counted else f"entro {deadline.span}"
    return f"entro {deadline.span}: fino al {long_date(day)}"
