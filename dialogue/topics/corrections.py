"""Changes of mind: correct a fact, go back, start again."""

from __future__ import annotations

import re
from typing import Any

import eligibility
from dialogue import asking, draft, draft_reading, intake
from dialogue.turn import Turn

_NUMBER = re.compile(r"(?<![\d.,])(\d{1,3})(?:\s*%)?(?![\d.,]*\d)")
# Words with which people take back what they just said.
_TAKEN_BACK = re.compile(r"\b(no|scusi|scusa|anzi|era|erano|sbagliat[oa]|volevo dire|correg\w+|mi sono confus[oa])\b")


def correct(turn: Turn) -> None:
    """The person says that something noted is wrong, with or without the right value."""
    understood, conversation = turn.understood, turn.conversation
    if draft.is_going(turn) and draft_reading.correct(turn, draft.current(turn)):
        return
    wanted = understood.choices.get("fact")
    if wanted in turn.ruleset.facts and not understood.facts:
        reopen(turn, str(wanted))
        return
    given = dict(understood.facts) or number_for_last_answer(turn)
    if given:
        taken = intake.take(turn, given)
        conversation.misunderstood = 0
        conversation.correcting = False
        conversation.summary_seen = conversation.summary_seen or conversation.open == "riepilogo"
        intake.report(turn, taken, corrected=True)
        if draft.is_going(turn):
            draft.after_changed_facts(turn)
    elif not turn.facts:
        turn.say("colloquio.niente_da_correggere")
    elif conversation.open == "riepilogo" and turn.step is not None and turn.step.name == "which":
        turn.missed = True  # asked already, and still no value in it
    else:
        conversation.correcting = True


def is_meant(turn: Turn) -> bool:
    """Whether a message without facts takes back the last number told: ``no scusi, era il 67``.

    Out of context such words look like a plain no. While a number is asked they may be its answer instead.
    """
    open_fact = turn.ruleset.facts.get(turn.conversation.open or "")
    asks_number = open_fact is not None and open_fact.type in ("int", "number")
    if turn.understood.facts or asks_number or draft.is_going(turn):
        return False
    return bool(_TAKEN_BACK.search(turn.understood.text.casefold())) and bool(number_for_last_answer(turn))


def number_for_last_answer(turn: Turn) -> dict[str, Any]:
    """``no scusi, era il 67``: a lone number belongs to the last number that was told."""
    numbers = set(_NUMBER.findall(turn.understood.text)) if not turn.understood.is_button else set()
    if len(numbers) != 1:
        return {}
    number = int(numbers.pop())
    for fact in reversed(turn.conversation.told):
        if turn.ruleset.facts[fact].type in ("int", "number") and turn.facts.get(fact) is not None:
            try:
                return dict(turn.ruleset.validate({fact: number}))
            except eligibility.FactErrors:
                continue
    return {}


def reopen(turn: Turn, fact: str) -> None:
    """Ask a fact again; the old value holds until the new one comes."""
    turn.conversation.correcting = False
    turn.conversation.misunderstood = 0
    if turn.is_sensitive(fact) and turn.conversation.health is False:
        turn.say("apertura.consenso_senza_dato")
        return
    asking.again(turn, fact)


def go_back(turn: Turn) -> None:
    """Show the previous question; its answer is taken back."""
    if turn.step is not None and turn.step.back(turn):
        turn.say("colloquio.indietro")
    elif turn.step is None and asking.step_back(turn):
        turn.say("colloquio.indietro")
    else:
        turn.say("colloquio.indietro_fermo")


def restart(turn: Turn) -> None:
    """Start from zero, after a yes."""
    asking.ask_first(turn, "restart", "colloquio.riparti_conferma", yes="ricomincia", no="no")
