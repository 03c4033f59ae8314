"""Changes of mind: correct a fact, go back, start again."""

from __future__ import annotations

import copy
import re

import eligibility
from actions.dialogue import confirmations, intake, questions, summary, wording
from actions.dialogue.turn import NEW_DIALOGUE, Turn

_NUMBER = re.compile(r"(?<![\d.,])(\d{1,3})(?:\s*%)?(?![\d.,]*\d)")


def correct(turn: Turn) -> None:
    """The person states that something noted is wrong, with or without the right value."""
    from actions.dialogue import consent, referral_flow

    understood = turn.understood
    if turn.question == consent.HEALTH:
        intake.take(turn, understood.facts)
        consent.still_needed(turn)
        return
    if turn.phase == "invio" and referral_flow.correct(turn):
        return
    wanted = understood.choices.get("fact")
    if wanted in turn.ruleset.facts and not understood.facts:
        reopen(turn, wanted)
        return
    given = dict(understood.facts) or number_for_last_answer(turn)
    if not given:
        choose(turn)
        return
    taken = intake.take(turn, given)
    turn.dialogue["misunderstood"] = 0
    intake.report(turn, taken, corrected=True)
    if turn.phase == "invio":
        referral_flow.after_changed_facts(turn)
    else:
        questions.proceed(turn)


# Words with which people take back what they just said.
_TAKEN_BACK = re.compile(r"\b(no|scusi|scusa|anzi|era|erano|sbagliat[oa]|volevo dire|correg\w+|mi sono confus[oa])\b")


def is_meant(turn: Turn) -> bool:
    """Whether a message without facts takes back the last number told: ``no scusi, era il 67``.

    Out of context such words look like a plain no. While a number is asked they may be its answer instead.
    """
    open_fact = turn.ruleset.facts.get(turn.question or "")
    asks_number = open_fact is not None and open_fact.type in ("int", "number")
    if turn.understood.facts or asks_number or turn.phase == "invio":
        return False
    return bool(_TAKEN_BACK.search(turn.understood.text.casefold())) and bool(number_for_last_answer(turn))


def number_for_last_answer(turn: Turn) -> dict[str, object]:
    """``no scusi, era il 67``: a lone number belongs to the last number that was told."""
    numbers = set(_NUMBER.findall(turn.understood.text)) if not turn.understood.is_button else set()
    if len(numbers) != 1:
        return {}
    number = int(numbers.pop())
    for fact in reversed(turn.dialogue["told"]):
        if turn.ruleset.facts[fact].type in ("int", "number") and turn.facts.get(fact) is not None:
            try:
                return turn.ruleset.validate({fact: number})
            except eligibility.FactErrors:
                continue
    return {}


def choose(turn: Turn) -> None:
    """Ask which fact is wrong."""
    facts = summary.known(turn)
    if not facts:
        turn.say("colloquio.niente_da_correggere")
        questions.ask_again(turn)
        return
    turn.say(
        "colloquio.quale_correggere",
        buttons=[{"title": turn.ruleset.facts[fact].label, "payload": summary.reopen_payload(fact)} for fact in facts],
    )


def reopen(turn: Turn, fact: str) -> None:
    """Ask a fact again; the old value holds until the new one comes."""
    if not turn.may_use(fact):
        turn.say("apertura.consenso_senza_dato")
        questions.ask_again(turn)
        return
    turn.phase = "raccolta"
    turn.dialogue["misunderstood"] = 0
    questions.ask(turn, fact)


def go_back(turn: Turn) -> None:
    """Show the previous question; its answer is taken back."""
    from actions.dialogue import consent, referral_flow

    if turn.phase == "invio":
        referral_flow.go_back(turn)
        return
    trail = turn.dialogue["trail"]
    if turn.phase == "raccolta" and trail and trail[-1] == turn.question:
        trail.pop()
    while trail and trail[-1] not in turn.facts and trail[-1] not in turn.dialogue["closed"]:
        trail.pop()
    if not trail:
        turn.say("colloquio.indietro_fermo")
        if turn.question == consent.HEALTH:
            consent.ask(turn)
        else:
            questions.proceed(turn)
        return
    fact = trail.pop()
    turn.facts.pop(fact, None)
    if fact in turn.dialogue["closed"]:
        turn.dialogue["closed"].remove(fact)
    turn.say("colloquio.indietro")
    turn.phase = "raccolta"
    questions.ask(turn, fact)


def restart(turn: Turn) -> None:
    """Ask whether to start from zero."""
    confirmations.ask(turn, "restart", "colloquio.riparti_conferma", yes="ricomincia", no="no")


def restart_confirmed(turn: Turn) -> None:
    """Forget every answer; the consents stay."""
    from actions.dialogue import consent

    kept = {key: turn.dialogue.get(key) for key in ("health", "drafts", "wants_person", "emergency")}
    turn.dialogue = copy.deepcopy(NEW_DIALOGUE)
    turn.dialogue.update({key: given for key, given in kept.items() if given is not None})
    turn.facts = {}
    turn.say("colloquio.riparti_fatto")
    if turn.dialogue["health"] is None:
        consent.ask(turn)
    else:
        turn.phase = "raccolta"
        questions.proceed(turn)


def noted(turn: Turn) -> str:
    """Everything noted so far in one line."""
    return wording.pairs(turn, summary.known(turn))
