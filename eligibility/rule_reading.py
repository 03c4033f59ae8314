"""Small strict readers of rule data: each returns what it reads or raises RuleError naming the place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.errors import RuleError


@dataclass(frozen=True, slots=True)
class Interval:
    """Dates, both included; None means no limit on that side."""

    start: dt.date | None
    end: dt.date | None

    def __contains__(self, day: dt.date) -> bool:
        return (self.start is None or day >= self.start) and (self.end is None or day <= self.end)

    def overlaps(self, other: Interval) -> bool:
        """Do the two share a day?"""
        return not (
            (self.end is not None and other.start is not None and self.end < other.start)
            or (other.end is not None and self.start is not None and other.end < self.start)
        )

    def to_dict(self) -> dict[str, str | None]:
        """ISO dates under ``from`` and ``to``."""
        return {
            "from": self.start.isoformat() if self.start else None,
            "to": self.end.isoformat() if self.end else None,
        }


def interval(data: Mapping[str, Any], where: str) -> Interval:
    """Read ``from`` and ``to`` (dates or null). Raises RuleError."""
    edges = []
    for key in ("from", "to"):
        value = data.get(key)
        if isinstance(value, dt.datetime) or not (value is None or isinstance(value, dt.date)):
            raise RuleError(f"{where}: «{key}» deve essere una data AAAA-MM-GG oppure null.")
        edges.append(value)
    start, end = edges
    if start is not None and end is not None and start > end:
        raise RuleError(f"{where}: la fine viene prima dell'inizio.")
    return Interval(start, end)


def source_ids(data: Mapping[str, Any], known: Collection[str], where: str, needed: bool = False) -> tuple[str, ...]:
    """The ids of the sources, all of them known. Raises RuleError."""
    ids = tuple(map(str, listed(data.get("sources"), f"{where}: sources")))
    if missing := [id_ for id_ in ids if id_ not in known]:
        raise RuleError(f"{where}: fonti che non sono in sources.yaml: {', '.join(missing)}.")
    if needed and not ids:
        raise RuleError(f"{where}: serve almeno una fonte.")
    return ids


def mapping(data: Any, where: str) -> Any:
    """The data as an object. Raises RuleError."""
    if not isinstance(data, Mapping):
        raise RuleError(f"{where}: serve un oggetto con chiavi e valori.")
    return data


def listed(data: Any, where: str) -> list[Any]:
    """The data as a list, empty when there is none. Raises RuleError."""
    if data is None:
        return []
    if not isinstance(data, list):
        raise RuleError(f"{where}: serve un elenco.")
    return data


def named(data: Mapping[str, Any], key: str, where: str) -> str:
    """A text that must be there. Raises RuleError."""
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise RuleError(f"{where}: «{key}» manca o non è un testo (un numero va tra virgolette).")
    return value


def no_unknown(data: Mapping[str, Any], known: set[str], where: str) -> None:
    """Refuse keys nobody reads. Raises RuleError."""
    if unknown := sorted(str(key) for key in data if key not in known):
        raise RuleError(f"{where}: chiavi non previste: {', '.join(unknown)}. Si usano: {', '.join(sorted(known))}.")


def unique(ids: list[str], where: str) -> None:
    """Refuse names said twice. Raises RuleError."""
    if repeated := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        raise RuleError(f"{where}: nomi ripetuti: {', '.join(repeated)}.")


def year_of(data: Mapping[str, Any], where: str) -> int | None:
    """The year a figure is of, which goes with the last day it holds. Raises RuleError."""
    year = data.get("year")
    if year is not None and (not isinstance(year, int) or isinstance(year, bool) or not 1990 <= year <= 2100):
        raise RuleError(f"{where}: «year» è un anno, ad esempio 2026.")
    if (year is None) != (data.get("expires") is None):
        raise RuleError(f"{where}: «year» e «expires» vanno insieme.")
    return year


def day_of(data: Mapping[str, Any], key: str, where: str) -> dt.date | None:
    """A date, None when there is none. Raises RuleError."""
    value = data.get(key)
    if value is not None and (isinstance(value, dt.datetime) or not isinstance(value, dt.date)):
        raise RuleError(f"{where}: «{key}» deve essere una data AAAA-MM-GG.")
    return value
