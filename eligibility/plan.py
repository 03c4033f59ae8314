"""A draft Piano di Intervento Personalizzato (PIP): chosen services checked against the measure's rules.

The draft decides nothing: it shows the operator and the person what the rules admit. Caps, minimum hours and
obligations come from the measure's file (``services`` and ``plan``); what the sources do not say is told.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.conditions import truth
from eligibility.errors import EligibilityError
from eligibility.rules import Edition, Item
from eligibility.ruleset import Ruleset, load
from eligibility.sources import cite
from eligibility.texts import check_audience, say

WRONG, UNSURE, FINE = "da_correggere", "da_verificare", "conforme"


class PlanError(EligibilityError):
    """The chosen services cannot be read; the Italian message says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One service of the plan; ``hours`` and ``amount`` (euro) as chosen, None when not given."""

    service: str
    title: str
    hours: float | None
    amount: float | None
    sources: tuple[dict[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "service": self.service, "title": self.title, "hours": self.hours, "amount": self.amount,
            "sources": [dict(source) for source in self.sources],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the plan. ``level``: WRONG (must be mended) or UNSURE (must be verified)."""

    level: str
    about: str
    text: str
    gap: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {"level": self.level, "about": self.about, "text": self.text, "gap": self.gap}


@dataclass(frozen=True, slots=True)
class Plan:
    """The draft. ``outcome``: WRONG, UNSURE or FINE. ``hours`` and ``amount`` are the totals."""

    measure: str
    edition: str
    title: str
    outcome: str
    lines: tuple[Line, ...]
    hours: float
    amount: float
    max_amount: float | None
    remarks: tuple[Remark, ...]
    ruleset: str

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "measure": self.measure, "edition": self.edition, "title": self.title, "outcome": self.outcome,
            "lines": [line.to_dict() for line in self.lines], "hours": self.hours, "amount": self.amount,
            "max_amount": self.max_amount, "remarks": [remark.to_dict() for remark in self.remarks],
            "ruleset": self.ruleset,
        }  # fmt: skip


def build_plan(
    measure: str,
    chosen: Mapping[str, Any],
    on: dt.date,
    facts: Mapping[str, Any] | None = None,
    audience: str = "sportello",
    edition: str | None = None,
    ruleset: Ruleset | None = None,
) -> Plan:
    """Draft a plan.

    ``chosen``: service id -> hours, or ``{"hours": .., "amount": ..}`` (euro), or None when not settled yet.
    ``facts``: of the person; some services are not for everybody. Raises PlanError, FactErrors, UnknownMeasure.
    """
    ruleset = ruleset or load()
    check_audience(audience)
    facts = facts or {}
    rules = ruleset.edition(measure, on, edition)
    services = {item.id: item for item in rules.items["services"]}
    if not isinstance(chosen, Mapping) or not chosen:
        raise PlanError("Scelga almeno un servizio.")
    if unknown := [str(id_)[:40] for id_ in chosen if id_ not in services]:
        raise PlanError(f"Servizi che la misura non prevede: {', '.join(unknown)}. Ci sono: {', '.join(services)}.")
    lines: list[Line] = []
    remarks: list[Remark] = []
    for id_, wish in chosen.items():
        hours, amount = _wish(id_, wish)
        item = services[id_]
        title = say(item.data.get("title", id_), audience)
        lines.append(Line(id_, title, hours, amount, tuple(cite(ruleset.sources, item.sources, on))))
        remarks += _limits(item, title, hours, amount)
        remarks += _offered(ruleset, item, title, facts)
    total = sum(line.amount or 0 for line in lines)
    cap = rules.plan.get("max_amount")
    if cap is not None and total > cap:
        remarks.append(Remark(WRONG, "piano", f"Il piano costa {_euro(total)}. Il massimo è {_euro(cap)}."))
    remarks += _obligations(ruleset, rules, chosen, facts, audience)
    return Plan(
        measure=rules.measure, edition=rules.edition, title=rules.title, outcome=_outcome(remarks),
        lines=tuple(lines), hours=sum(line.hours or 0 for line in lines), amount=total, max_amount=cap,
        remarks=tuple(remarks), ruleset=ruleset.version,
    )  # fmt: skip


def _outcome(remarks: list[Remark]) -> str:
    levels = {remark.level for remark in remarks}
    return WRONG if WRONG in levels else UNSURE if UNSURE in levels else FINE


def _wish(id_: str, wish: Any) -> tuple[float | None, float | None]:
    if not isinstance(wish, Mapping):
        wish = {"hours": wish}
    if set(wish) - {"hours", "amount"}:
        raise PlanError(f"{id_}: si possono indicare solo ore (hours) e importo (amount).")
    return _quantity(id_, wish.get("hours"), "le ore"), _quantity(id_, wish.get("amount"), "l'importo")


def _quantity(id_: str, value: Any, what: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6 or not math.isfinite(value):
        raise PlanError(
            f"{id_}: {what} devono essere un numero maggiore di zero."
            if what == "le ore"
            else f"{id_}: {what} deve essere un numero maggiore di zero."
        )
    return value


def _limits(item: Item, title: str, hours: float | None, amount: float | None) -> list[Remark]:
    found = []
    most, least, price = (item.data.get(key) for key in ("max_hours", "min_hours", "max_amount"))
    if hours is None and (most is not None or least is not None):
        found.append(Remark(UNSURE, item.id, f"{title}: vanno decise le ore."))
    if hours is not None and most is not None and hours > most:
        found.append(Remark(WRONG, item.id, f"{title}: sono {hours:g} ore. Il massimo è {most:g}."))
    if hours is not None and least is not None and hours < least:
        found.append(Remark(WRONG, item.id, f"{title}: sono {hours:g} ore. Il minimo è {least:g}."))
    if amount is None and price is not None:
        found.append(Remark(UNSURE, item.id, f"{title}: va deciso l'importo."))
    if amount is not None and price is not None and amount > price:
        found.append(Remark(WRONG, item.id, f"{title}: costa {_euro(amount)}. Il massimo è {_euro(price)}."))
    return found


def _offered(ruleset: Ruleset, item: Item, title: str, facts: Mapping[str, Any]) -> list[Remark]:
    if item.when is None:
        return []
    offered = truth(ruleset, item.when, facts)
    if offered is False:
        return [Remark(WRONG, item.id, f"{title}: questa persona non può avere questo servizio.")]
    if offered is None:
        return [Remark(UNSURE, item.id, f"{title}: va visto se questa persona può avere questo servizio.")]
    return []


def _obligations(
    ruleset: Ruleset, rules: Edition, chosen: Mapping[str, Any], facts: Mapping[str, Any], audience: str
) -> list[Remark]:
    found = []
    for duty in rules.plan.get("obligations") or ():
        count = sum(id_ in duty["services"] for id_ in chosen)
        least, most = duty.get("at_least"), duty.get("at_most")
        broken = (least is not None and count < least) or (most is not None and count > most)
        if not broken:
            continue
        exempt = False if duty["unless"] is None else truth(ruleset, duty["unless"], facts)
        level = WRONG if exempt is False else UNSURE
        found.append(Remark(level, duty["id"], duty["text"][audience], None if level == WRONG else duty.get("flag")))
    return found


def _euro(value: float) -> str:
    whole = f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".").removesuffix(",00")
    return f"{whole} euro"
