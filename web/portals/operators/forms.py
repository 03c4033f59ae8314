"""Reading what operators type into forms."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from referrals.slots import MOST, Slot
from referrals.states import REASONS
from settings.clock import ROME

_LONGEST_REASON = 500


def text_of(form: Mapping[str, Any], name: str, longest: int = 200) -> str:
    """A text field without outer spaces; empty when absent or a file."""
    value = form.get(name)
    return value.strip()[:longest] if isinstance(value, str) else ""


def reason_of(form: Mapping[str, Any]) -> str | None:
    """The reason chosen, or the words written under "other"; None when there is neither."""
    chosen = text_of(form, "motivo")
    if chosen == "altro":
        return text_of(form, "altro", _LONGEST_REASON) or None
    return chosen if chosen in REASONS else None


def number_of(form: Mapping[str, Any], name: str) -> float | None:
    """A number written the Italian way or not; None when empty.

    :raises ValueError: in Italian, when it is not a number.
    """
    written = text_of(form, name, 20)
    if not written:
        return None
    plain = written.replace(" ", "").replace("€", "")
    if "," in plain or re.fullmatch(r"\d{1,3}(\.\d{3})+", plain):  # dots between thousands
        plain = plain.replace(".", "").replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        raise ValueError(f"«{written}» non è un numero.") from None
    return int(value) if value.is_integer() else value


def day_of(form: Mapping[str, Any], name: str) -> dt.date | None:
    """A date of a date field; None when absent or not a date."""
    try:
        return dt.date.fromisoformat(text_of(form, name, 10))
    except ValueError:
        return None


def slots_of(form: Mapping[str, Any]) -> list[Slot]:
    """The times on offer, at the clock of Italy. A row without day and hour is not one.

    :raises ValueError: when a row is half empty or is not a time.
    """
    place = text_of(form, "luogo") or "sede"
    minutes = number_of(form, "minuti") or 60
    found = []
    for row in range(1, MOST + 1):
        day, hour = text_of(form, f"giorno{row}", 10), text_of(form, f"ora{row}", 8)
        if not day and not hour:
            continue
        starts = dt.datetime.combine(dt.date.fromisoformat(day), dt.time.fromisoformat(hour), ROME)
        found.append(Slot(starts, int(minutes), place))
    return found
