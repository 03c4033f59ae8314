"""The way to a person of flesh and blood."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from actions.dialogue import side_questions
from actions.dialogue.turn import Turn
from hotline import presence, queue
from hotline.hours import moment_words


def mark_waiting(turn: Turn) -> None:
    """Put the case in the hotline's queue; the first request keeps its place."""
    if not turn.dialogue.get("wants_person"):
        turn.dialogue["wants_person"] = turn.now.isoformat()


def queue_in(session: Session, turn: Turn) -> None:
    """Let the hotline see, in the transaction that writes the case, who asked for a person in this turn."""
    before = turn.record.dialogue
    if any(turn.dialogue.get(mark) and not before.get(mark) for mark in ("wants_person", "emergency")):
        asked_at = dt.datetime.fromisoformat(turn.dialogue["wants_person"])
        queue.ask_in(session, turn.record.id, asked_at, urgent=bool(turn.dialogue.get("emergency")))


def _desk(turn: Turn) -> dict[str, Any]:
    desk = turn.services.help
    return {"telefono": desk.phone, "nota": desk.note, "orario": desk.hours}


def ask_human(turn: Turn) -> None:
    """Say how to reach a person and call one; outside office hours say so, and offer to call back."""
    from actions.dialogue import callback

    mark_waiting(turn)
    if callback.choose(turn):
        return
    desk = turn.services.help
    card = {
        "kind": "contatti",
        "title": turn.words("pulsanti.persona"),
        "items": [{"label": desk.hours, "phone": desk.phone, "note": desk.note}],
    }
    answers_now = somebody_there(turn)
    turn.say_text(f"{_reachable(turn, answers_now)} {_place(turn)}".strip(), card=card)
    if turn.audience != "sportello":
        callback.offer(turn, choose_now=not answers_now)
    if turn.audience == "cittadino":
        turn.say("persone.persona_intanto")
    side_questions.come_back(turn)


def somebody_there(turn: Turn) -> bool:
    """Whether the hotline is open and a colleague is connected."""
    if not turn.services.callbacks.is_open(turn.now):
        return False
    with turn.services.cases.session_factory() as session:
        return presence.anybody_in(session, turn.now)


def _place(turn: Turn) -> str:
    """How many are served before, while the hotline is open."""
    if turn.audience == "sportello" or not turn.services.callbacks.is_open(turn.now):
        return ""
    with turn.services.cases.session_factory() as session:
        before = queue.position_in(session, turn.record.id)
        before = queue.count_in(session) if before is None else before
    return turn.words("sportello.in_coda", quanti=before) if before else turn.words("sportello.in_coda_primo")


def _reachable(turn: Turn, answers_now: bool) -> str:
    """What is true at this hour: somebody answers, nobody is connected, or the hotline is closed."""
    if answers_now or turn.audience == "sportello":
        return turn.words("persone.persona", **_desk(turn))
    if turn.services.callbacks.is_open(turn.now):
        return turn.words("sportello.nessuno", **_desk(turn))
    opens_at = turn.services.callbacks.opens_at(turn.now)
    if opens_at is None:
        return turn.words("sportello.chiuso_senza_data", **_desk(turn))
    return turn.words("sportello.chiuso", quando=moment_words(opens_at, turn.now), **_desk(turn))


def offer_person(turn: Turn) -> None:
    """Never a dead end: a person, and today's signposts."""
    from actions.dialogue import verdict

    turn.say("persone.persona_proposta", buttons=[turn.button("persona", "/ask_human")], **_desk(turn))
    verdict.say_signposts(turn)


def complain(turn: Turn) -> None:
    """Take the complaint seriously: no defence, a person, the place where to complain."""
    times = int(turn.dialogue.get("complaints", 0))
    turn.dialogue["complaints"] = times + 1
    mark_waiting(turn)
    turn.say(
        "persone.reclamo",
        times,
        telefono=turn.services.help.phone,
        orario=turn.services.help.hours,
        buttons=[turn.button("persona", "/ask_human"), turn.button("continua", "/check_eligibility")],
    )
