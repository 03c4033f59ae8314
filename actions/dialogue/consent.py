"""The consent to use health data: asked first and apart, with its exact text; kept with version and hash."""

from __future__ import annotations

from typing import Any

import texts
from actions.dialogue import intake, questions
from actions.dialogue.turn import Turn

HEALTH = "consenso_salute"


def health_text(audience: str) -> str:
    """The exact words agreed to."""
    return texts.say("consensi.salute", audience)


def version() -> str:
    """The version of the consent texts."""
    return texts.say("consensi.versione")


def health_card(audience: str) -> dict[str, Any]:
    """The card that shows the exact words."""
    return {
        "kind": "consenso",
        "purpose": "salute",
        "title": texts.say("consensi.salute_titolo", audience),
        "text": health_text(audience),
    }


def ask(turn: Turn) -> None:
    """Ask for the consent, in other words from the second time on."""
    times = turn.open_question(HEALTH)
    turn.phase = "consenso"
    buttons = [
        turn.button("consenso_si", "/affirm"),
        turn.button("consenso_no", "/deny"),
        turn.button("consenso_perche", "/ask_why"),
    ]
    turn.say_text(turn.words("apertura.chiedi_consenso", times), buttons, health_card(turn.audience))


def grant(turn: Turn) -> None:
    """Record the consent, then bring in what was waiting for it."""
    if not turn.record.consented("salute"):
        turn.services.cases.grant_consent(turn.record.id, "salute", health_text(turn.audience), version(), turn.now)
    turn.dialogue["health"] = True
    turn.phase = "raccolta"
    turn.open_question(None)
    turn.say("apertura.consenso_si")
    intake.report(turn, intake.release_held(turn))
    questions.proceed(turn)


def refuse(turn: Turn) -> None:
    """Go on without health data; what was waiting is dropped, what was kept is forgotten."""
    changed = turn.dialogue["health"] is True
    if turn.record.consented("salute"):
        turn.services.cases.withdraw_consent(turn.record.id, "salute", turn.now)
    turn.dialogue["health"] = False
    turn.facts = {fact: given for fact, given in turn.facts.items() if not turn.is_sensitive(fact)}
    turn.phase = "raccolta"
    turn.open_question(None)
    turn.say("apertura.consenso_cambiato_no" if changed else "apertura.consenso_no")
    kept = intake.release_held(turn)
    kept.refused.clear()  # it was just said that health data are not used
    intake.report(turn, kept)
    questions.proceed(turn)


def answer(turn: Turn) -> bool:
    """Read the message as the answer to the consent; False when it is none."""
    intake.take(turn, turn.understood.facts)  # held until the answer is known
    said = turn.understood.choices.get(HEALTH)
    if said is True or (said is None and turn.understood.intent == "affirm"):
        grant(turn)
    elif said is False or (said is None and turn.understood.intent == "deny"):
        refuse(turn)
    else:
        return False
    return True


def still_needed(turn: Turn) -> None:
    """Something else was said: keep it aside and ask again."""
    if turn.dialogue["held"]:
        turn.say("apertura.consenso_prima", variant=int(turn.dialogue["asked"].get(HEALTH, 0)))
    ask(turn)
