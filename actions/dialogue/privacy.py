"""What is kept and why, who is speaking, erasing everything."""

from __future__ import annotations

import re

from actions.dialogue import confirmations, consent, side_questions
from actions.dialogue.turn import Turn


def explain(turn: Turn) -> None:
    """What is kept, for how long, who sees it."""
    turn.say(
        "riservatezza.privacy",
        giorni=turn.services.help.retention_days,
        buttons=[turn.button("cancella_dati", "/delete_data")],
    )
    side_questions.come_back(turn)


def identity(turn: Turn) -> None:
    """A machine, and says so."""
    turn.say("riservatezza.identita", telefono=turn.services.help.phone)
    side_questions.come_back(turn)


# Taking back one consent is less than erasing everything.
_ONLY_HEALTH = re.compile(r"\bconsens\w+|\bdati (?:sulla|di|della) salute|\bdati sanitari")


def erase(turn: Turn) -> None:
    """Ask whether to erase everything, or only the health data when those are meant."""
    said = "" if turn.understood.is_button else turn.understood.text.casefold()
    if turn.dialogue["health"] and _ONLY_HEALTH.search(said) and "tutt" not in said:
        confirmations.ask(turn, "withdraw_health", "riservatezza.ritira_conferma")
        return
    confirmations.ask(turn, "delete_data", "riservatezza.cancella_conferma", yes="cancella_dati")


def erase_confirmed(turn: Turn) -> None:
    """Erase the case: key, rows, referrals still open. The gateway forgets the rest on seeing ``erased``."""
    turn.services.cases.erase(turn.record.id, turn.now)
    turn.messages.clear()
    turn.say("riservatezza.cancellato")
    turn.messages[-1]["custom"] = {"erased": True}
    turn.erased = True


def withdraw_confirmed(turn: Turn) -> None:
    """Take back the consent on health data."""
    consent.refuse(turn)
