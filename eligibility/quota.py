"""The employer's duty to hire under L. 68/1999, as a calculator over quota/*.yaml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from eligibility.errors import EligibilityError, RuleError
from eligibility.rule_reading import Interval, interval
from eligibility.ruleset import Ruleset, load, read_yaml
from eligibility.sources import cite

MAX_EMPLOYEES = 10_000_000


class QuotaError(EligibilityError):
    """The number of employees or the date cannot be used; the Italian message says why."""


@dataclass(frozen=True, slots=True)
class Share:
    """One of the two quotas. ``exact``: before rounding. ``missing``: still to hire, None when not asked.

    ``certainty``: ``certo`` or ``da_verificare``, with the ids of the ``gaps`` that say why.
    """

    kind: str
    units: int
    exact: Fraction
    missing: int | None
    certainty: str
    gaps: tuple[str, ...]
    text: str
    sources: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data; ``exact`` as a number."""
        return {
            "kind": self.kind, "units": self.units, "exact": float(self.exact), "missing": self.missing,
            "certainty": self.certainty, "gaps": list(self.gaps), "text": self.text,
            "sources": [dict(source) for source in self.sources],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Quota:
    """The whole answer; ``notes`` are what the calculator does not decide (suspension, who counts)."""

    title: str
    employees: int
    date: dt.date
    shares: tuple[Share, ...]
    notes: tuple[str, ...]
    ruleset: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "title": self.title, "employees": self.employees, "date": self.date.isoformat(),
            "shares": [share.to_dict() for share in self.shares], "notes": list(self.notes), "ruleset": self.ruleset,
        }  # fmt: skip


def employer_quota(
    employees: int,
    on: dt.date,
    in_service: Mapping[str, int] | None = None,
    law: str = "legge_68_1999",
    ruleset: Ruleset | None = None,
) -> Quota:
    """How many persons the employer must have.

    ``employees``: the number on which the quota is reckoned (base di computo). ``in_service``: kind of share
    (``disability``, ``art18``) -> persons already counted. Raises QuotaError.
    """
    ruleset = ruleset or load()
    employees = _count(employees, "Il numero dei dipendenti")
    data = _in_force(ruleset, law, on)
    shares = []
    for kind in ("disability", "art18"):
        have = (in_service or {}).get(kind)
        already = None if have is None else _count(have, "Il numero delle persone già assunte")
        shares.append(_share(ruleset, data, kind, employees, already, on))
    notes = tuple(data[key]["text"] for key in ("suspension", "computo") if key in data)
    return Quota(data["title"], employees, on, tuple(shares), notes, ruleset.version)


def _count(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_EMPLOYEES:
        raise QuotaError(f"{what} deve essere un numero intero, da zero in su.")
    return value


def _in_force(ruleset: Ruleset, law: str, on: dt.date) -> Mapping[str, Any]:
    found: list[tuple[Interval, Mapping[str, Any]]] = []
    for name, text in ruleset.data_files.items():
        if name.startswith("quota/"):
            data = read_yaml(text, name)
            if data.get("id") == law:
                found.append((check_quota(data, ruleset, name), data))
    if not found:
        raise QuotaError(f"Non ci sono regole per «{law}».")
    for window, data in found:
        if on in window:
            return data
    first = min(window.start for window, _ in found if window.start)
    raise QuotaError(
        f"Le regole che abbiamo valgono dal {first:%d/%m/%Y}. Per la data chiesta va letta la legge di allora."
    )


def check_quota(data: Any, ruleset: Ruleset, where: str) -> Interval:
    """Check a quota file: brackets that follow one another from zero, known sources. Raises RuleError."""
    if not isinstance(data, Mapping) or data.get("schema") != 1 or not isinstance(data.get("title"), str):
        raise RuleError(f"{where}: servono schema: 1, id e title.")
    for kind in ("disability", "art18"):
        part = data.get(kind)
        if not isinstance(part, Mapping) or not part.get("brackets"):
            raise RuleError(f"{where}: {kind} deve avere «brackets».")
        if missing := [id_ for id_ in part.get("sources") or ["?"] if id_ not in ruleset.sources]:
            raise RuleError(f"{where}: {kind}: fonti che non sono in sources.yaml: {', '.join(missing)}.")
        expected: int | None = 0
        for bracket in part["brackets"]:
            limits = bracket["employees"]
            if limits["from"] != expected or ("units" in bracket) == ("percent" in bracket):
                raise RuleError(f"{where}: {kind}: le fasce devono seguirsi da zero, ognuna con units o percent.")
            expected = None if limits["to"] is None else limits["to"] + 1
        if expected is not None:
            raise RuleError(f"{where}: {kind}: l'ultima fascia deve essere senza limite.")
    if (data.get("rounding") or {}).get("rule") != "half_up_over":
        raise RuleError(f"{where}: arrotondamento sconosciuto.")
    return interval(data.get("window") or {}, f"{where}: window")


def _share(
    ruleset: Ruleset, data: Mapping[str, Any], kind: str, employees: int, already: int | None, on: dt.date
) -> Share:
    part = data[kind]
    bracket = next(
        b for b in part["brackets"]
        if b["employees"]["from"] <= employees and (b["employees"]["to"] is None or employees <= b["employees"]["to"])
    )  # fmt: skip
    gaps = [bracket["gap"]] if bracket["certainty"] != "certo" else []
    exact = Fraction(bracket["units"]) if "units" in bracket else Fraction(str(bracket["percent"])) * employees / 100
    units = round_half_down(exact)
    text = bracket["text"]
    if exact.denominator != 1:
        gaps.append(data["rounding"]["gap"])
        text = f"{text} {data['rounding']['text']}"
    return Share(
        kind=kind, units=units, exact=exact, missing=None if already is None else max(0, units - already),
        certainty="da_verificare" if gaps else "certo", gaps=tuple(gaps), text=text,
        sources=tuple(cite(ruleset.sources, part["sources"], on)),
    )  # fmt: skip


def round_half_down(value: Fraction) -> int:
    """To the nearest whole; exactly one half goes down (a fraction counts only when over one half)."""
    whole, rest = divmod(value, 1)
    return int(whole) + (1 if rest > Fraction(1, 2) else 0)
