"""Greetings, thanks, goodbyes."""

from __future__ import annotations

from dialogue.turn import Turn


def answer(turn: Turn) -> None:
    """Answer in kind; a goodbye leaves the door open."""
    intent = turn.understood.intent
    if intent == "goodbye" and not turn.facts_changed:
        turn.say("cortesia.arrivederci", buttons=[turn.button("riprendi", "/check_eligibility")])
        turn.quiet = True
    elif turn.audience == "cittadino" or not turn.conversation.question:
        turn.say("cortesia.prego" if intent == "thank" else "cortesia.saluto", variant=len(turn.conversation.trail))
