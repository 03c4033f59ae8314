"""Deadlines of a right as read from its YAML file: so many days or months from a date of the person, or a fixed day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.errors import RuleError
from eligibility.expressions import Expression, parse
from eligibility.facts import Fact
from eligibility.texts import Spoken, spoken

_KEYS = {"id", "from", "days", "months", "on", "when", "text", "counted", "passed", "rows", "sources"}


@dataclass(frozen=True, slots=True)
class Deadline:
    """``start``: the date fact it runs from, with ``days`` or ``months``; or ``fixed``, a day for everybody.

    ``text``: what to do, a verb first, without a date. ``counted``: from when it runs, in words ("dall'ultimo giorno di
    lavoro"). ``passed``: what to do once the day is gone. ``when``: whom it concerns.
    """

    id: str
    start: str | None
    days: int | None
    months: int | None
    fixed: dt.date | None
    text: Spoken
    counted: Spoken | None
    passed: Spoken
    when: Expression | None
    rows: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def span(self) -> str:
        """How long it runs, in words: 68 giorni, 6 mesi."""
        number, one, many = (self.days, "giorno", "giorni") if self.days is not None else (self.months, "mese", "mesi")
        return f"{number} {one if number == 1 else many}"


def parse_deadline(data: Any, facts: Mapping[str, Fact], sources: Collection[str], where: str) -> Deadline:
    """Read one deadline. Raises RuleError."""
    if not isinstance(data, Mapping) or not isinstance(data.get("id"), str):
        raise RuleError(f"{where}: una scadenza è un oggetto con «id».")
    where = f"{where} {data['id']}"
    if unknown := sorted(map(str, set(data) - _KEYS)):
        raise RuleError(f"{where}: chiavi non previste: {', '.join(unknown)}. Si usano: {', '.join(sorted(_KEYS))}.")
    start, fixed = data.get("from"), data.get("on")
    if (start is None) == (fixed is None):
        raise RuleError(f"{where}: serve «from» (un fatto con una data) oppure «on» (un giorno fisso).")
    if start is not None:
        if start not in facts or facts[start].type != "date":
            raise RuleError(f"{where}: «{start}» non è un fatto con una data.")
        spans = [key for key in ("days", "months") if data.get(key) is not None]
        if len(spans) != 1 or type(data[spans[0]]) is not int or not 0 < data[spans[0]] <= 3660:
            raise RuleError(f"{where}: con «from» serve uno solo tra «days» e «months», un numero intero.")
        if data.get("counted") is None:
            raise RuleError(f"{where}: con «from» serve «counted», da quando si conta.")
    elif isinstance(fixed, dt.datetime) or not isinstance(fixed, dt.date):
        raise RuleError(f"{where}: «on» deve essere una data AAAA-MM-GG.")
    known = tuple(map(str, data.get("sources") or ()))
    if not known or any(id_ not in sources for id_ in known):
        raise RuleError(f"{where}: serve almeno una fonte, e ogni fonte deve essere in sources.yaml.")
    return Deadline(
        id=data["id"],
        start=start,
        days=data.get("days"),
        months=data.get("months"),
        fixed=fixed,
        text=spoken(data.get("text"), f"{where}: text"),
        counted=spoken(data["counted"], f"{where}: counted") if data.get("counted") is not None else None,
        passed=spoken(data.get("passed"), f"{where}: passed"),
        when=parse(data["when"], facts, f"{where}: when") if data.get("when") is not None else None,
        rows=tuple(map(str, data.get("rows") or ())),
        sources=known,
    )
