"""Absence: months and working days from the dates, as the rules ask them (``eligibility.absences``)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from eligibility.absences import AbsenceError, Spell, derive_absences
from eligibility.calculators.steps import CALCULATED, TO_VERIFY, Calculation, CalculatorError, Step, day

MOST_SPELLS = 60


def absence(values: Mapping[str, Any], on: dt.date) -> Calculation:
    """From ``periodi``, a list of ``{"dal": day, "al": day or null}`` (null: still absent). Raises CalculatorError."""
    spells = spells_of(values, "periodi")
    try:
        derived = derive_absences(spells, on)
    except AbsenceError as problem:
        raise CalculatorError("periodi", str(problem)) from problem
    facts = derived.facts
    months = f"{facts['mesi_assenza']:g}".replace(".", ",")
    how = "di seguito" if facts["assenza_continuativa"] else "in tutto"
    steps = (
        Step(f"L'assenza è di {months} mesi {how}. Il primo e l'ultimo giorno si contano."),
        Step("Due periodi senza giorni di lavoro in mezzo sono uno solo."),
        Step(f"Negli ultimi 12 mesi i giorni di lavoro persi sono {facts['giorni_assenza_12_mesi']}."),
        Step(f"Negli ultimi 6 mesi i giorni di lavoro persi sono {facts['giorni_assenza_6_mesi']}."),
        Step("I giorni di lavoro vanno da lunedì a venerdì. Le feste non si contano."),
    )
    outcome = TO_VERIFY if derived.warnings else CALCULATED
    return Calculation("absence", outcome, dict(facts), steps, "ufficio del personale", derived.warnings)


def spells_of(values: Mapping[str, Any], key: str) -> list[Spell]:
    """The spells given under a key. Raises CalculatorError."""
    given = values.get(key)
    if not isinstance(given, list) or not given or len(given) > MOST_SPELLS:
        raise CalculatorError(key, f"Serve un elenco di periodi, da 1 a {MOST_SPELLS}.")
    found = []
    for item in given:
        if not isinstance(item, Mapping) or set(item) - {"dal", "al", "conta"}:
            raise CalculatorError(key, "Ogni periodo ha «dal» e «al».")
        first = day(item, "dal")
        last = day(item, "al", needed=False)
        if first is None or (last is not None and last < first):
            raise CalculatorError(key, "La fine di un periodo viene prima dell'inizio.")
        found.append(Spell(first, last))
    return found
