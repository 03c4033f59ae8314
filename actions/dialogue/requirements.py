"""The person asks what they may get: start, resume, or widen the interview."""

from __future__ import annotations

from actions.dialogue import choices, consent, intake, measure_names, questions, side_questions
from actions.dialogue.turn import Turn


def answer(turn: Turn) -> None:
    """Take in the facts of the message and go on with the interview."""
    taken = intake.take(turn, turn.understood.facts)
    turn.dialogue["misunderstood"] = 0
    if turn.question == consent.HEALTH:
        consent.still_needed(turn)
        return
    intake.report(turn, taken)
    widened = _widen(turn)
    if turn.phase == "invio":
        questions.ask_again(turn)
    elif widened or taken.taken or turn.phase in ("raccolta", "riepilogo"):
        questions.proceed(turn)
    elif turn.understood.is_button and turn.phase in ("esito", "inviato"):
        choices.other_measures(turn)
    else:
        side_questions.come_back(turn)


def _widen(turn: Turn) -> bool:
    """Bring a measure into play that the person named and that is not among those assessed."""
    wanted = measure_names.wanted(turn)
    if wanted not in turn.ruleset.measures:
        return False
    turn.dialogue["topic"] = wanted
    edition = turn.ruleset.edition(wanted, turn.today)
    if wanted in turn.measures or edition.kind != "person":
        return False
    turn.dialogue["measures"] = [*turn.measures, wanted]
    turn.say("esito.aggiunta", misura=edition.title)
    return True
