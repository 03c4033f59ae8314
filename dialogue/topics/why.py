"""Why this very question is asked."""

from __future__ import annotations

from dialogue import outcome
from dialogue.turn import Turn


def answer(turn: Turn) -> None:
    """The reason of the open question; with none open, the result explained."""
    if turn.step is not None:
        turn.say_text(turn.step.why(turn))
    elif turn.conversation.result_seen:
        outcome.explain(turn)
    else:
        turn.say("misure.perche_nessuna")
