"""Figures that a year changes: what is said beside them, and when they are too old to be said plainly.

A listed thing of a rule file (an amount, a service) may hold ``year`` (the year the figure is of), ``expires`` (last day
it is known to hold) and ``read_on`` (the day the source was read or, failing that, the date printed on it).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

WARNING_DAYS = 90


def dated(data: Mapping[str, Any], on: dt.date) -> dict[str, Any]:
    """The data of a listed thing as shown on that day.

    Where it has a ``year``, its ``text`` ends by saying of which year the figures are and, past ``expires``, that today's
    are to be verified; ``stale`` tells the same to a program. ``text`` must already be in one audience's words.
    """
    shown = {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in data.items()}
    year = data.get("year")
    if year is None:
        return shown
    stale = on > data["expires"]
    note = f"Importi del {year}: quelli di oggi vanno verificati." if stale else f"Importi del {year}."
    return {**shown, "text": f"{shown['text']} {note}", "stale": stale}


def expiring(data: Mapping[str, Any], on: dt.date) -> int | None:
    """Days from ``on`` to the last day of the figure when that is near or gone, else None."""
    expires = data.get("expires")
    if not isinstance(expires, dt.date):
        return None
    left = (expires - on).days
    return left if left < WARNING_DAYS else None
