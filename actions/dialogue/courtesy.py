"""Greetings, thanks, goodbyes."""

from __future__ import annotations

from actions.dialogue import intake, questions, side_questions
from actions.dialogue.turn import Turn


def answer(turn: Turn) -> None:
    """Answer in kind; facts in the same message count."""
    taken = intake.take(turn, turn.understood.facts)
    intent = turn.understood.intent
    if intent == "goodbye" and not taken.anything:
        turn.say("cortesia.arrivederci", buttons=[turn.button("riprendi", "/check_eligibility")])
        return
    if turn.audience == "cittadino" or not turn.question:
        turn.say("cortesia.prego" if intent == "thank" else "cortesia.saluto", variant=len(turn.dialogue["trail"]))
    intake.report(turn, taken)
    if taken.taken and turn.phase == "raccolta":
        questions.proceed(turn)
    else:
        side_questions.come_back(turn)
