"""Danger comes before everything; a dark thought is met, and the conversation goes on."""

from __future__ import annotations

from dialogue import people
from dialogue.turn import Turn

# Checked: 112 is the single European emergency number; Telefono Amico Italia answers at 02 2327 2327 from 9 to 24; 1522
# is the national line against violence and stalking, day and night.
_LISTENING = "02 2327 2327"
_NUMBERS = (("112", "112"), ("ascolto", _LISTENING), ("violenza", "1522"))


def emergency(turn: Turn) -> None:
    """Stop everything: numbers, a person alerted, no question, no measure. What was open waits and is not asked now."""
    turn.conversation.confirm = None
    people.mark_waiting(turn, urgent=True)
    alerted = "persone.emergenza_avvisata" if people.somebody_there(turn) else "persone.emergenza_da_soli"
    items = [{"label": turn.words(f"persone.emergenza_{name}"), "phone": number} for name, number in _NUMBERS]
    card = {"kind": "contatti", "title": turn.words("persone.emergenza_titolo"), "items": items}
    turn.say_text(f"{turn.words('persone.emergenza')} {turn.words(alerted)}", card=card)
    turn.quiet = turn.urgent = True


def concern(turn: Turn) -> None:
    """Two warm sentences, a line that listens, a person; then whatever else was said is heard."""
    times = 1 if turn.conversation.concern else 0
    turn.conversation.concern = turn.now.isoformat()
    items = [
        {
            "label": turn.words("persone.emergenza_ascolto"),
            "phone": _LISTENING,
            "note": turn.words("sentire.ascolto_orario"),
        }
    ]
    card = {"kind": "contatti", "title": turn.words("sentire.ascolto_titolo"), "items": items}
    turn.say_text(turn.words("sentire.pensiero_buio", times), [turn.button("persona", "/ask_human")], card)
