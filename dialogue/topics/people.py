"""The wish for a person, and complaints."""

from __future__ import annotations

import datetime as dt

from dialogue import offers, people
from dialogue.effects import CancelCallback
from dialogue.turn import Turn


def ask(turn: Turn) -> None:
    """Say how to reach a person and call one; outside office hours say so, and offer to call back."""
    chosen = turn.understood.choices.get("richiamo")
    place = people.place(turn)  # before this request is among those who wait
    people.mark_waiting(turn)
    if isinstance(chosen, str):
        _call(turn, chosen)
        return
    answers_now = people.somebody_there(turn)
    told = f"{people.reachable(turn, answers_now)} {place}".strip()
    turn.say_text(told, card=people.card(turn))
    if turn.audience != "sportello":
        people.offer_call(turn, choose_now=not answers_now)
    if turn.audience == "cittadino":
        turn.say("persone.persona_intanto")


def _call(turn: Turn, chosen: str) -> None:
    """Carry out what a button about a call said."""
    slot = _slot(chosen)
    if chosen == offers.NO:
        arranging, turn.conversation.callback = turn.conversation.callback, None
        turn.conversation.asked.pop("recapito", None)
        taken_back = turn.do(CancelCallback()) if arranging is None else False
        turn.say("sportello.richiamo_tolto" if taken_back else "sportello.richiamo_lasciato")
    elif slot is None:
        people.offer_slots(turn)
    else:
        turn.conversation.callback = {"at": slot.isoformat(), "misses": 0}
        turn.conversation.asked.pop("recapito", None)


def _slot(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else None


def complain(turn: Turn) -> None:
    """Take the complaint seriously: no defence, a person, the place where to complain."""
    conversation = turn.conversation
    times, conversation.complaints = conversation.complaints, conversation.complaints + 1
    people.mark_waiting(turn)
    turn.say(
        "persone.reclamo",
        times,
        telefono=turn.services.help.phone,
        orario=turn.services.help.hours,
        buttons=[turn.button("persona", "/ask_human"), turn.button("continua", "/check_eligibility")],
    )
    turn.quiet = True
