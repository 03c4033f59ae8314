"""The person asks what they may get: start, resume, or widen the interview."""

from __future__ import annotations

from dialogue import draft, measure_names, offers
from dialogue.turn import Turn


def answer(turn: Turn) -> None:
    """Go on with the interview, with a measure more if one was named."""
    conversation = turn.conversation
    conversation.misunderstood = 0
    widened = _widen(turn)
    if widened or draft.is_going(turn) or turn.facts_changed:
        return
    if turn.understood.is_button and conversation.result_seen and conversation.question is None:
        turn.say("esito.altre_misure_quale", buttons=offers.other_measures(turn))
        turn.question_put = True


def _widen(turn: Turn) -> bool:
    """Bring a measure into play that the person named and that is not among those assessed."""
    wanted = measure_names.wanted(turn)
    if wanted is None or wanted not in turn.ruleset.measures:
        return False
    turn.conversation.topic = wanted
    edition = turn.ruleset.edition(wanted, turn.today)
    if wanted in turn.measures or edition.kind != "person":
        return False
    turn.conversation.measures = [*turn.measures, wanted]
    turn.say("esito.aggiunta", misura=edition.title)
    turn.show_result = True
    return True
