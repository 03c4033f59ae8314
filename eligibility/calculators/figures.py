"""The figures of the calculators (``data.yaml``), each with the last day it is known to hold."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from eligibility.errors import RuleError
from eligibility.ruleset import HOME, load, read_yaml

FILE = "calculators/data.yaml"


@lru_cache(maxsize=1)
def data() -> dict[str, Any]:
    """The content of data.yaml, its sources checked. Raises RuleError."""
    found = read_yaml((HOME / FILE).read_text(encoding="utf-8"), FILE)
    if not isinstance(found, dict) or found.get("schema") != 1:
        raise RuleError(f"{FILE}: serve «schema: 1».")
    _check(found, FILE)
    return found


def _check(value: Any, where: str) -> None:
    if isinstance(value, dict):
        for id_ in value.get("sources") or ():
            if id_ not in load().sources:
                raise RuleError(f"{where}: la fonte {id_} non è in sources.yaml.")
        for key, item in value.items():
            _check(item, f"{where}.{key}")
    elif isinstance(value, list):
        for n, item in enumerate(value):
            _check(item, f"{where}[{n}]")


def stale(figures: dict[str, Any], on: dt.date) -> str | None:
    """What to say when these figures are of a past year, else None."""
    if on > figures["expires"]:
        return f"Gli importi che conosciamo sono del {figures['year']}: quelli di oggi vanno verificati."
    return None
