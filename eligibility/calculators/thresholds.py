"""Invalidity: what the percentage already opens, and the next threshold (facts sheet 2, section 39)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from eligibility.calculators.figures import data
from eligibility.calculators.steps import CALCULATED, Calculation, CalculatorError, Step, number

_KINDS = (("invalidita_percento", "civil", "civile"), ("invalidita_inail_percento", "inail", "INAIL"))


def thresholds(values: Mapping[str, Any], on: dt.date) -> Calculation:
    """From ``invalidita_percento`` and/or ``invalidita_inail_percento`` (0 to 100, whole). Raises CalculatorError."""
    reached: list[dict[str, Any]] = []
    coming: list[dict[str, Any]] = []
    steps = []
    for key, kind, word in _KINDS:
        percent = number(values, key, 0, 100, needed=False, whole=True)
        if percent is None:
            continue
        for limit in data()["thresholds"][kind]:
            item = {
                "soglia": limit["from"],
                "tipo": word,
                "id": limit["id"],
                "misura": limit["measure"],
                "testo": limit["text"],
            }
            if percent >= limit["from"]:
                reached.append(item)
                steps.append(Step(f"Dal {limit['from']}% {word}: {limit['text']}", tuple(limit["sources"])))
            else:
                coming.append(item)
        following = next((item for item in coming if item["tipo"] == word), None)
        if following is not None:
            steps.append(Step(f"La prossima soglia {word} è il {following['soglia']}%: {following['testo']}"))
    if not steps and not coming:
        raise CalculatorError("invalidita_percento", "Serve almeno una percentuale, da 0 a 100.")
    steps.append(Step("Se la salute è peggiorata si può chiedere una nuova visita. Si chiama aggravamento.", ("U-61",)))
    result = {"raggiunte": reached, "prossime": coming}
    return Calculation("thresholds", CALCULATED, result, tuple(steps), "medico di famiglia o patronato")
