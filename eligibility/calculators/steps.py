"""What a calculator answers: a result, and the steps that lead to it in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from eligibility.errors import EligibilityError
from eligibility.ruleset import load
from eligibility.sources import cite

CALCULATED, TO_VERIFY = "calcolato", "da_verificare"


class CalculatorError(EligibilityError):
    """The values cannot be used; ``field`` names the wrong one, the message says why in Italian."""

    def __init__(self, field_: str, message: str) -> None:
        super().__init__(message)
        self.field = field_


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the explanation and the ids of its sources; ``certain`` is False where it is to be verified."""

    text: str
    sources: tuple[str, ...] = ()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Calculation:
    """``outcome``: CALCULATED or TO_VERIFY. ``result``: plain values. ``ask``: who to ask what is not certain."""

    name: str
    outcome: str
    result: dict[str, Any]
    steps: tuple[Step, ...]
    ask: str | None = None
    warnings: tuple[str, ...] = field(default=())

    def to_dict(self, on: dt.date) -> dict[str, Any]:
        """The JSON of ``POST /calculators/{name}``: dates in ISO, each step with its sources."""
        sources = load().sources
        return {
            "calculator": self.name, "date": on.isoformat(), "outcome": self.outcome, "result": plain(self.result),
            "steps": [
                {"text": s.text, "certain": s.certain, "sources": cite(sources, s.sources, on)} for s in self.steps
            ],
            "ask": self.ask, "warnings": list(self.warnings),
        }  # fmt: skip


def plain(value: Any) -> Any:
    """Dates to ISO text, everywhere inside."""
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def euro(value: float) -> str:
    """1584.7 -> 1.584,70 euro."""
    return f"{value:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".") + " euro"


def day(values: Mapping[str, Any], key: str, needed: bool = True) -> dt.date | None:
    """A date given as ISO text or date. Raises CalculatorError."""
    value = values.get(key)
    if value is None:
        if needed:
            raise CalculatorError(key, "Serve una data, ad esempio 2026-11-27.")
        return None
    if isinstance(value, dt.date):
        return value
    try:
        found = dt.date.fromisoformat(value)
        if 1930 <= found.year <= 2100:
            return found
    except (TypeError, ValueError):
        pass
    raise CalculatorError(key, "La data va scritta AAAA-MM-GG, ad esempio 2026-11-27.")


def number(
    values: Mapping[str, Any], key: str, low: float, high: float, needed: bool = True, whole: bool = False
) -> float | None:
    """A number between two limits, both included. Raises CalculatorError."""
    value = values.get(key)
    if value is None:
        if needed:
            raise CalculatorError(key, f"Serve un numero tra {low:g} e {high:g}.")
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise CalculatorError(key, f"Serve un numero tra {low:g} e {high:g}.")
    if whole and value != int(value):
        raise CalculatorError(key, "Serve un numero intero.")
    return value
