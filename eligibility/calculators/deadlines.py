"""Deadlines from the dates of a person: NASpI, SIISL, challenge of a dismissal, appeal against a fitness judgement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from eligibility.calculators.figures import data
from eligibility.calculators.steps import CALCULATED, TO_VERIFY, Calculation, CalculatorError, Step, day
from eligibility.facts import long_date


def deadlines(values: Mapping[str, Any], on: dt.date) -> Calculation:
    """From any of ``fine_lavoro``, ``domanda_naspi``, ``lettera_licenziamento``, ``contestazione``,
    ``giudizio_idoneita``, ``inizio_assenza`` (days). The nearest first. Raises CalculatorError.
    """
    rules = data()["deadlines"]
    known = {rule["from"] for rule in rules}
    if set(values) - known:
        raise CalculatorError("values", f"Le date previste sono: {', '.join(sorted(known))}.")
    found = []
    for rule in rules:
        start = day(values, rule["from"], needed=False)
        if start is None:
            continue
        last = start + dt.timedelta(days=rule["days"])
        gone = last < on
        text = f"{rule['text']}: entro {rule['days']} giorni, fino al {long_date(last)}."
        if gone:
            text = f"{rule['text']}: il termine era il {long_date(last)}."
        if gone or not rule["certain"]:
            text += f" Va verificato con: {rule['office']}."
        found.append((last, rule, gone, text))
    if not found:
        raise CalculatorError("date", f"Serve almeno una data: {', '.join(sorted(known))}.")
    found.sort(key=lambda item: (item[2], item[0]))
    result = {
        "scadenze": [
            {
                "id": rule["id"], "ultimo_giorno": last, "giorni": (last - on).days, "passata": gone, "testo": text,
                "ufficio": rule["office"],
            }
            for last, rule, gone, text in found
        ]
    }  # fmt: skip
    steps = tuple(Step(text, tuple(rule["sources"]), rule["certain"] and not gone) for _, rule, gone, text in found)
    sure = all(step.certain for step in steps)
    return Calculation(
        "deadlines", CALCULATED if sure else TO_VERIFY, result, steps, found[0][1]["office"],
        ("Il giorno di partenza non si conta: il primo è quello dopo.",),
    )  # fmt: skip
