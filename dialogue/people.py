"""The way to a person of flesh and blood: who is there, where one stands in the queue, when a call is possible."""

from __future__ import annotations

from typing import Any

from dialogue import offers
from dialogue.effects import AskPerson
from dialogue.turn import Button, Turn
from hotline import presence, queue
from hotline.hours import moment_words

CHOOSE = "scegli"


def mark_waiting(turn: Turn, urgent: bool = False) -> None:
    """Put the case in the hotline's queue; the first request keeps its place."""
    conversation = turn.conversation
    known = conversation.wants_person and (conversation.emergency or not urgent)
    conversation.wants_person = conversation.wants_person or turn.now.isoformat()
    if urgent:
        conversation.emergency = turn.now.isoformat()
    if not known:
        turn.do(AskPerson(turn.now, urgent=bool(conversation.emergency)))


def desk(turn: Turn) -> dict[str, Any]:
    """Number, note and hours of the help desk, for the texts."""
    found = turn.services.help
    return {"telefono": found.phone, "nota": found.note, "orario": found.hours}


def card(turn: Turn) -> dict[str, Any]:
    """The help desk's number for the page."""
    found = turn.services.help
    items = [{"label": found.hours, "phone": found.phone, "note": found.note}]
    return {"kind": "contatti", "title": turn.words("pulsanti.persona"), "items": items}


def is_open(turn: Turn) -> bool:
    """Whether the hotline answers at this hour."""
    return turn.callbacks.is_open(turn.now)


def somebody_there(turn: Turn) -> bool:
    """Whether the hotline is open and a colleague is connected."""
    return is_open(turn) and presence.anybody_in(turn.session, turn.now)


def reachable(turn: Turn, answers_now: bool) -> str:
    """What is true at this hour: somebody answers, nobody is connected, or the hotline is closed."""
    if answers_now or turn.audience == "sportello":
        return turn.words("persone.persona", **desk(turn))
    if is_open(turn):
        return turn.words("sportello.nessuno", **desk(turn))
    opens_at = turn.callbacks.opens_at(turn.now)
    if opens_at is None:
        return turn.words("sportello.chiuso_senza_data", **desk(turn))
    return turn.words("sportello.chiuso", quando=moment_words(opens_at, turn.now), **desk(turn))


def place(turn: Turn) -> str:
    """How many are served before, while the hotline is open."""
    if turn.audience == "sportello" or not is_open(turn):
        return ""
    before = queue.position_in(turn.session, turn.record.id)
    before = queue.count_in(turn.session) if before is None else before
    return turn.words("sportello.in_coda", quanti=before) if before else turn.words("sportello.in_coda_primo")


def slot_buttons(turn: Turn) -> list[Button]:
    """Hours at which a call is possible."""
    slots = turn.callbacks.offer(turn.now)
    return [
        {
            "title": moment_words(slot, turn.now),
            "payload": offers.payload("ask_human", richiamo=slot.isoformat()),
        }
        for slot in slots
    ]


def offer_slots(turn: Turn) -> None:
    """Propose hours for a call, or say that there are none."""
    buttons = slot_buttons(turn)
    if not buttons:
        turn.say("sportello.richiamo_nessuno", telefono=turn.services.help.phone, orario=turn.services.help.hours)
        return
    turn.say("sportello.quando_richiamo", buttons=[*buttons, no_call(turn)])


def no_call(turn: Turn) -> Button:
    """The way out of a call."""
    return {"title": turn.words("sportello.richiamo_no"), "payload": offers.payload("ask_human", richiamo=offers.NO)}


def offer_call(turn: Turn, choose_now: bool) -> None:
    """Propose a call: the hours at once, or first one button that leads to them.

    :param choose_now: nobody can answer in the chat now.
    """
    promised = turn.callbacks.of_case(turn.record.id)
    if promised is not None:
        buttons = [*slot_buttons(turn), no_call(turn)]
        turn.say("sportello.richiamo_gia", quando=moment_words(promised.starts_at, turn.now), buttons=buttons)
    elif choose_now:
        offer_slots(turn)
    else:
        title = turn.words("sportello.richiamo_scegli")
        button = {"title": title, "payload": offers.payload("ask_human", richiamo=CHOOSE)}
        last = turn.messages[-1]
        last["buttons"] = [*last.get("buttons", ()), button]


def propose(turn: Turn) -> None:
    """Never a dead end: the number, and a button to a person."""
    turn.say("persone.persona_proposta", buttons=[turn.button("persona", "/ask_human")], **desk(turn))
