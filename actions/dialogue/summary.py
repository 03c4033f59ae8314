"""What was understood, shown before the result and editable in one tap."""

from __future__ import annotations

import json

from actions.dialogue import intake, questions, wording
from actions.dialogue.turn import Turn

QUESTION = "riepilogo"


def reopen_payload(fact: str) -> str:
    """The payload that asks a known fact again."""
    return "/correct_answer" + json.dumps({"fact": fact})


def known(turn: Turn) -> list[str]:
    """The facts of the case, in the catalogue's order."""
    return [fact for fact in turn.ruleset.facts if fact in turn.facts]


def show(turn: Turn) -> None:
    """Show the facts and ask whether they are right; with nothing known go straight to the result."""
    from actions.dialogue import verdict

    facts = known(turn)
    if not facts:
        turn.dialogue["summary_seen"] = True
        turn.say("riepilogo.vuoto")
        verdict.show(turn)
        return
    turn.phase = "riepilogo"
    times = turn.open_question(QUESTION)
    rows = [
        {
            "fact": fact,
            "label": turn.ruleset.facts[fact].label,
            "value": wording.value(turn, fact, turn.facts[fact]),
            "payload": reopen_payload(fact),
        }
        for fact in facts
    ]
    listed = wording.bullets(turn.words("riepilogo.riga", che_cosa=row["label"], valore=row["value"]) for row in rows)
    # The summary says everything back: what was just noted need not be heard twice.
    turn.messages = [message for message in turn.messages if message is not turn.echo]
    turn.say_text(
        turn.words("riepilogo.ecco", times, elenco=listed),
        [turn.button("tutto_giusto", "/affirm"), turn.button("correggi", "/correct_answer")],
        {"kind": "riepilogo", "facts": rows},
    )


def answer(turn: Turn) -> None:
    """Read the answer to the summary: right, wrong, or new facts."""
    from actions.dialogue import corrections, verdict

    understood = turn.understood
    taken = intake.take(turn, understood.facts)
    if taken.anything:
        turn.dialogue["misunderstood"] = 0
        intake.report(turn, taken, corrected=bool(taken.taken))
        if taken.errors:
            show(turn)
        else:
            questions.proceed(turn)
    elif understood.intent in ("affirm", "dont_know", "thank"):
        turn.dialogue["summary_seen"] = True
        verdict.show(turn)
    elif understood.intent == "deny":
        corrections.choose(turn)
    else:
        from actions.dialogue import fallback

        fallback.not_understood(turn)
