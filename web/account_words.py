"""Small words of the access pages."""

from __future__ import annotations

import datetime as dt
import math

from settings import clock

METHODS = {"password": "password", "oidc": "SPID o CIE", "invito": "invito", "link": "link di posta"}
ROLES = {
    "medico": "Medico",
    "sportello": "Sportello",
    "operatore": "Operatore accreditato",
    "supervisore": "Supervisore",
    "amministratore": "Amministratore",
}


def moment(value: dt.datetime | None) -> str:
    """An instant on the Italian clock: «03/11/2026, ore 14:05»; empty for None."""
    return f"{value.astimezone(clock.ROME):%d/%m/%Y, ore %H:%M}" if value else ""


def locked_words(until: dt.datetime) -> str:
    """How long to wait, in words."""
    seconds = max(1, math.ceil((until - clock.now()).total_seconds()))
    wait = f"{seconds} secondi" if seconds < 90 else f"{math.ceil(seconds / 60)} minuti"
    return f"Ci sono stati troppi tentativi. Aspetti {wait}, poi riprovi."
