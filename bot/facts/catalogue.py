"""The facts of the eligibility catalogue, read as data: their types and limits."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).resolve().parents[2] / "eligibility" / "facts.yaml"
CONTACTS = ("nome", "telefono", "email", "codice_fiscale")
# Steps of a conversation that are asked like facts and are none.
YES_NO_STEPS = frozenset({"consenso_salute", "consenso_invio", "conferma"})
_STEPS = YES_NO_STEPS | {"operatore", "nome", "recapito"}


@lru_cache(maxsize=1)
def facts() -> dict[str, dict[str, Any]]:
    """Every fact by id, as the file has it."""
    return yaml.safe_load(_FILE.read_text(encoding="utf-8"))["facts"]


def is_boolean(fact: str) -> bool:
    """Whether `fact` is answered with yes or no."""
    return facts().get(fact, {}).get("type") == "bool"


def is_number(fact: str) -> bool:
    """Whether `fact` is answered with a number."""
    return facts().get(fact, {}).get("type") in ("int", "number")


def is_fact(name: str) -> bool:
    """Whether `name` is a fact of the catalogue (steps of a referral are not)."""
    return name in facts() and name not in _STEPS


def allowed(fact: str, value: Any) -> bool:
    """Whether `value` fits the catalogue: type, options and limits."""
    if fact in CONTACTS:
        return isinstance(value, str) and bool(value)
    entry = facts().get(fact)
    if entry is None:
        return False
    if value is None:
        return True
    kind = entry["type"]
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "enum":
        return value in entry["options"] or value in entry.get("other_options", {})
    if kind in ("int", "number"):
        good = isinstance(value, int) and not isinstance(value, bool) or kind == "number" and isinstance(value, float)
        return good and entry.get("minimum", value) <= value <= entry.get("maximum", value)
    if kind == "date":
        return isinstance(value, str) and _is_day(value)
    return isinstance(value, str) and 0 < len(value) <= entry.get("maximum", 200)


def _is_day(value: str) -> bool:
    """Whether `value` is a date in ISO form."""
    try:
        return dt.date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
