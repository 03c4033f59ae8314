"""What the person can do today, in the words of the chat: few actions, best first, then the help that is always there."""

from __future__ import annotations

from typing import Any

from dialogue import words
from dialogue.turn import Turn
from eligibility.today import Action, TodayPlan, plan_for
from texts.dates import long_date


def of(turn: Turn) -> TodayPlan:
    """The plan on what is known now: the engine's, and nobody else's."""
    return plan_for(turn.facts, turn.today, turn.audience)


def say(turn: Turn) -> None:
    """Say the plan; said before, only when what stands in front is something else."""
    plan, conversation = of(turn), turn.conversation
    front = [action.measure for action in plan.front]
    first_time, before = conversation.plan is None, conversation.plan
    conversation.plan = front
    if not first_time and front == before:
        return
    lines = [_line(turn, number, action) for number, action in enumerate(plan.front, start=1)]
    helped = [turn.words("piano.aiuto", azione=item.action) for item in plan.help]
    if not lines and not helped:
        return
    if lines:
        key = "piano.in_breve" if first_time else "piano.cambiato"
        told = [turn.words(key), *lines]
    else:
        told = [turn.words("piano.solo_aiuto")]
    turn.say_text("\n".join([*told, *(helped if first_time or not lines else [])]), card=_card(turn, plan))


def _line(turn: Turn, number: int, action: Action) -> str:
    parts = [turn.words("piano.riga", numero=number, azione=action.action.rstrip("."))]
    if action.deadline is not None and action.deadline.date is not None and not action.deadline.passed:
        parts.append(turn.words("piano.entro", giorno=long_date(action.deadline.date)))
    if action.one_more:
        parts.append(turn.words("piano.manca", che_cosa=action.one_more.rstrip(".")))
    return " ".join(parts)


def _card(turn: Turn, plan: TodayPlan) -> dict[str, Any]:
    """The plan for the page: every action with why, where to go, what to bring."""
    page = plan.page()
    return {
        "kind": "piano",
        "title": turn.words("piano.titolo"),
        "actions": [*page["front"], *page["more"]],
        "help": page["help"],
        "words": {name: turn.words(f"piano.{name}") for name in ("dove", "porti", "entro_il", "di_piu", "sempre")},
    }


def for_you(turn: Turn, measure: str, assessment: dict[str, Any], missing: list[str]) -> str:
    """What the rules say of a measure for this person now, in one line.

    :param missing: the facts that could still decide it.
    """
    title = assessment["title"]
    if assessment["verdict"] == "da_verificare":
        if len(missing) == 1:
            return turn.words("piano.per_lei_manca_solo", misura=title, dato=words.label(turn, missing[0]))
        labels = words.enumeration(words.label(turn, fact) for fact in missing[:3])
        return turn.words("piano.per_lei_mancano", misura=title, dati=labels) if labels else ""
    return turn.words(f"piano.per_lei_{assessment['verdict']}_{assessment['status']}", misura=title)
