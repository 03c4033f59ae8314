"""NASpI: is there a right, for how many weeks, how much each month, until when to apply (rows O23-01 to O23-06)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from eligibility.calculators.figures import data, stale
from eligibility.calculators.steps import CALCULATED, TO_VERIFY, Calculation, Step, day, euro, number
from eligibility.facts import long_date

_WEEKS_IN_MONTH = 52 / 12


def naspi(values: Mapping[str, Any], on: dt.date) -> Calculation:
    """Estimate.

    ``values``: ``settimane`` (weeks of contributions in the last 4 years, 0 to 209), ``retribuzione_media`` (average gross
    pay a month, euro, optional), ``data_cessazione`` (last day of work, optional), ``eta`` (optional: the month from which it
    goes down is uncertain from 55 on). Raises CalculatorError.
    """
    figures = data()["naspi"]
    weeks = int(number(values, "settimane", 0, 209, whole=True) or 0)
    pay = number(values, "retribuzione_media", 0, 100_000, needed=False)
    age = number(values, "eta", 0, 120, needed=False)
    end = day(values, "data_cessazione", needed=False)
    sources = tuple(figures["sources"])
    steps = []
    if weeks < figures["weeks_needed"]:
        steps.append(Step(f"Le settimane sono {weeks}. Ne servono almeno {figures['weeks_needed']}.", ("U-67", "U-68")))
        result: dict[str, Any] = {
            "requisito_settimane": False,
            "settimane_pagate": 0,
            "importi": [],
            "ultimo_giorno": None,
        }
        return Calculation("naspi", CALCULATED, result, tuple(steps), "patronato: controlla l'estratto contributivo")
    steps.append(Step(f"Le settimane sono {weeks}: bastano, ne servono {figures['weeks_needed']}.", ("U-67", "U-68")))
    paid = weeks / 2
    months = round(min(paid / _WEEKS_IN_MONTH, figures["most_months"]), 2)
    steps.append(
        Step(f"Dura la metà: {paid:g} settimane, cioè circa {_italian(months)} mesi. Il massimo è 24 mesi.", ("U-72",))
    )
    warnings = []
    amounts: list[dict[str, Any]] = []
    outcome = CALCULATED
    if (old := stale(figures, on)) is not None:
        outcome = TO_VERIFY
        warnings.append(old)
    if pay is not None:
        amounts = _amounts(float(pay), months, figures, steps)
        if age is None or age >= 55:
            outcome = TO_VERIFY
            warnings.append(
                "Da 55 anni in su scende più tardi. Le fonti non dicono tutte lo stesso mese: va verificato."
            )
    last = None
    if end is not None:
        last = end + dt.timedelta(days=figures["days_to_apply"])
        said = f"La domanda si fa entro {figures['days_to_apply']} giorni: fino al {long_date(last)}."
        if last < on:
            outcome = TO_VERIFY
            said += " Il termine è passato. Se c'era una malattia pagata, il conto può essersi fermato."
        steps.append(Step(said, ("U-71", "V-40"), last >= on))
    result = {
        "requisito_settimane": True, "settimane_pagate": paid, "mesi": months, "importi": amounts, "ultimo_giorno": last,
        "anno_importi": figures["year"],
    }  # fmt: skip
    steps.append(Step("È una stima. Il conto esatto lo fa l'INPS.", sources))
    return Calculation("naspi", outcome, result, tuple(steps), "patronato o INPS", tuple(warnings))


def _amounts(pay: float, months: float, figures: Mapping[str, Any], steps: list[Step]) -> list[dict[str, Any]]:
    limit = figures["threshold"]
    first = figures["share"] * min(pay, limit) + figures["share_above"] * max(0.0, pay - limit)
    steps.append(
        Step(f"Il 75% della paga fino a {euro(limit)}, più il 25% di ciò che supera: {euro(first)}.", ("U-66",))
    )
    if first > figures["maximum"]:
        first = figures["maximum"]
        steps.append(Step(f"C'è un massimo: {euro(first)} al mese ({figures['year']}).", ("U-66",)))
    first = round(first, 2)
    amounts = []
    value = first
    for month in range(1, max(1, int(months + 0.999)) + 1):
        if month >= figures["cut_from_month"]:
            value *= 1 - figures["cut"]
        amounts.append({"mese": month, "importo": round(value, 2)})
    start = figures["cut_from_month"]
    if len(amounts) >= start:
        lower = euro(amounts[start - 1]["importo"])
        steps.append(Step(f"Dal mese {start} scende del 3% ogni mese: quel mese sono {lower}.", ("U-66",)))
    return amounts


def _italian(value: float) -> str:
    return f"{value:g}".replace(".", ",")
