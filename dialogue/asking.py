"""What is to be asked next: the fact, the one that two others make doubtful, the yes that a deed waits for."""

from __future__ import annotations

from typing import Any

import eligibility
from dialogue.turn import Turn

#: The public id of a question that is answered with a yes or a no.
CONFIRMATION = "conferma"


def ask_first(turn: Turn, what: str, text: str, yes: str = "si", no: str = "no", **values: Any) -> None:
    """Make the deed ``what`` (see :mod:`dialogue.deeds`) wait for a yes; the end of the turn asks for it.

    :param text: key of the question; ``yes`` and ``no`` are names of buttons; ``values`` fill the question.
    """
    turn.conversation.confirm = {"what": what, "text": text, "yes": yes, "no": no, "values": values}


def next_fact(turn: Turn) -> str | None:
    """The fact to ask: one that does not go with another, one to be asked again, one that decides what was just asked,
    else the engine's next.
    """
    conversation = turn.conversation
    if clash := clashing(turn):
        return clash[1]
    excluded = turn.excluded()
    for fact in conversation.reopened:
        if fact not in excluded:
            return fact
    wanted = conversation.wanted
    if wanted in turn.ruleset.facts and wanted not in excluded and wanted not in turn.facts:
        return wanted
    question = turn.next_question()
    return str(question.fact) if question is not None else None


def go_back_to_open(turn: Turn) -> None:
    """After a digression ask the fact that was being asked, though the engine would now begin with another."""
    trail = turn.conversation.trail
    before = trail[-1] if trail else None
    if before is None or before in turn.facts or before in turn.excluded():
        return
    if any(before in assessment.missing_facts for assessment in turn.assess().assessments):
        turn.conversation.wanted = before


def clashing(turn: Turn) -> tuple[str, str, str] | None:
    """The first pair of facts that cannot both be true and was not said yet, with the reason in Italian."""
    for found in eligibility.contradictions(turn.facts, turn.ruleset):
        first, second = found.facts[:2]
        if signature(turn, first, second) not in turn.conversation.clashes:
            return first, second, found.text
    return None


def signature(turn: Turn, first: str, second: str) -> str:
    """Two facts with their values: said once, they are not reported again."""
    return f"{first}={turn.facts.get(first)!r} {second}={turn.facts.get(second)!r}"


def again(turn: Turn, fact: str) -> None:
    """Ask a fact as if for the first time; the old value holds until the new one comes."""
    conversation = turn.conversation
    conversation.reopened = [fact, *(f for f in conversation.reopened if f != fact)]
    conversation.closed = [f for f in conversation.closed if f != fact]
    conversation.asked.pop(fact, None)
    conversation.missed.pop(fact, None)


def step_back(turn: Turn) -> bool:
    """Ask again what was asked before and take its answer back; False where nothing was."""
    conversation = turn.conversation
    trail = conversation.trail
    if trail and trail[-1] == conversation.open:
        trail.pop()
    while trail and trail[-1] not in turn.facts and trail[-1] not in conversation.closed:
        trail.pop()
    if not trail:
        return False
    fact = trail.pop()
    turn.facts.pop(fact, None)
    again(turn, fact)
    return True
