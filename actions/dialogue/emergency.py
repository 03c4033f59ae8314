"""Danger comes before everything: one short message, numbers to call, a person alerted, no question, no measure."""

from __future__ import annotations

from actions.dialogue import people
from actions.dialogue.turn import Turn

# Checked: 112 is the single European emergency number; Telefono Amico Italia answers at 02 2327 2327; 1522 is the
# national line against violence and stalking.
_NUMBERS = (("112", "112"), ("ascolto", "02 2327 2327"), ("violenza", "1522"))


def answer(turn: Turn) -> None:
    """Stop everything. The open question waits in the case and is not asked again now."""
    turn.dialogue["emergency"] = turn.now.isoformat()
    turn.dialogue["confirm"] = None
    people.mark_waiting(turn)
    card = {
        "kind": "contatti",
        "title": turn.words("persone.emergenza_titolo"),
        "items": [{"label": turn.words(f"persone.emergenza_{name}"), "phone": number} for name, number in _NUMBERS],
    }
    alerted = "persone.emergenza_avvisata" if people.somebody_there(turn) else "persone.emergenza_da_soli"
    turn.say_text(f"{turn.words('persone.emergenza')} {turn.words(alerted)}", card=card)
