"""The calculators by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from eligibility.calculators.absence import absence
from eligibility.calculators.comporto import comporto
from eligibility.calculators.deadlines import deadlines
from eligibility.calculators.naspi import naspi
from eligibility.calculators.steps import Calculation, CalculatorError
from eligibility.calculators.thresholds import thresholds

_ALL: dict[str, Callable[[Mapping[str, Any], dt.date], Calculation]] = {
    "naspi": naspi, "comporto": comporto, "absence": absence, "deadlines": deadlines, "thresholds": thresholds,
}  # fmt: skip
NAMES = tuple(_ALL)
# The facts of the catalogue may be given as they are called there.
_FACTS = {
    "naspi": {"settimane_contributi_4_anni": "settimane"}, "comporto": {"giorni_malattia_nel_periodo": "giorni"},
    "deadlines": {"data_cessazione": "fine_lavoro", "data_giudizio_idoneita": "giudizio_idoneita"},
}  # fmt: skip


def run(name: str, values: Mapping[str, Any], on: dt.date) -> Calculation:
    """Run one calculator on values as they come from JSON; some may have the names of facts. Raises CalculatorError, KeyError for another name."""
    calculator = _ALL[name]
    if not isinstance(values, Mapping):
        raise CalculatorError("values", "Serve un oggetto con nomi e valori.")
    names = _FACTS.get(name, {})
    return calculator({names.get(key, key): value for key, value in values.items()}, on)
