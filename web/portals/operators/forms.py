"""Reading what operators type into forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from referrals.slots import MOST, Slot
from referrals.states import REASONS
from settings.clock import ROME
from web.portals.forms import number_of, text_of

_LONGEST_REASON = 500


def reason_of(form: Mapping[str, Any]) -> str | None:
    """The reason chosen, or the words written under "other"; None when there is neither."""
    chosen = text_of(form, "motivo")
    if chosen == "altro":
        return text_of(form, "altro", _LONGEST_REASON) or None
    return chosen if chosen in REASONS else None


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
