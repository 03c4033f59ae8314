"""The order in which what is open is asked: the first open step is the one question of a turn's end."""

from __future__ import annotations

from dialogue.steps import call, confirm, doubt, fact, health, place, sending, sheet, situation, summary
from dialogue.turn import Step, Turn

ALL: tuple[Step, ...] = (
    confirm.STEP,
    call.STEP,
    sheet.STEP,
    place.NEAR,
    situation.STEP,
    doubt.STEP,
    summary.WHICH,
    health.STEP,
    place.STEP,
    *sending.STEPS,
    fact.STEP,
    summary.STEP,
)
_BY_NAME = {step.name: step for step in ALL}


def current(turn: Turn) -> Step | None:
    """The first step that is open now."""
    return next((step for step in ALL if step.is_open(turn)), None)


def asked(turn: Turn) -> Step | None:
    """The step whose question was put last, in whose light the message is read."""
    question = turn.conversation.question
    return _BY_NAME.get(str(question.get("step"))) if question else None
