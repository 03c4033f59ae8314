"""What is kept and why, who is speaking, erasing everything."""

from __future__ import annotations

import re

from dialogue import asking
from dialogue.turn import Turn

# Taking back one consent is less than erasing everything.
_ONLY_HEALTH = re.compile(r"\bconsens\w+|\bdati (?:sulla|di|della) salute|\bdati sanitari")


def explain(turn: Turn) -> None:
    """What is kept, for how long, who sees it."""
    button = turn.button("cancella_dati", "/delete_data")
    turn.say("riservatezza.privacy", giorni=turn.services.help.retention_days, buttons=[button])


def identity(turn: Turn) -> None:
    """A machine, and says so."""
    turn.say("riservatezza.identita", telefono=turn.services.help.phone)


def erase(turn: Turn) -> None:
    """Erase everything, or only the health data when those are meant, after a yes."""
    said = "" if turn.understood.is_button else turn.understood.text.casefold()
    if turn.conversation.health and _ONLY_HEALTH.search(said) and "tutt" not in said:
        asking.ask_first(turn, "withdraw_health", "riservatezza.ritira_conferma")
    else:
        asking.ask_first(turn, "delete_data", "riservatezza.cancella_conferma", yes="cancella_dati")
