"""The only module that reads the clock.

Everything below the outermost layer (web, actions, worker, cli) takes the time as an argument, so that an answer can be
replayed for any date and tests need no frozen clock.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")


def now() -> dt.datetime:
    """The present instant, timezone-aware, in UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Today's date on the Italian calendar, which decides whether a notice is open."""
    return now().astimezone(ROME).date()
