"""What a turn adds to the anonymous counts: questions put or left behind, messages not understood, verdicts told.

The case remembers what was counted of it, so that each thing counts once for each conversation: a group of five in the
statistics is five conversations, not one person who was asked five times.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.dialogue import consent
from actions.dialogue.turn import Turn
from cases import statistics

# Where people write freely, with no question open.
FREE = "libero"
#: What the dialogue of a new case remembers: its first question is counted when the case opens.
FIRST: dict[str, list[str]] = {"domanda": [consent.HEALTH]}
_VERDICT = "valutazione"
_EVENTS = ("domanda", "domanda_lasciata", "non_capito", "non_capito_simile", _VERDICT)


def missed(turn: Turn) -> None:
    """Note that the message was not understood, for :func:`count_in`."""
    _note(turn.dialogue, "non_capito", turn.question or FREE)
    if turn.understood.ranking:
        _note(turn.dialogue, "non_capito_simile", turn.understood.ranking[0][0])


def count_in(session: Session, turn: Turn) -> None:
    """Count what is new in this turn, and remember it in ``turn.dialogue``, which is yet to be written."""
    before: dict[str, list[str]] = turn.record.dialogue.get("counted") or {}
    for fact in turn.dialogue["asked"]:
        _note(turn.dialogue, "domanda", fact)
    for fact in [*before.get("domanda", ()), *turn.dialogue["asked"]]:
        if fact != turn.question:
            _note(turn.dialogue, "domanda_lasciata", fact)
    for assessment in (turn.shown or {}).get("assessments", ()):
        _note(turn.dialogue, _VERDICT, f"{assessment['measure']}:{assessment['verdict']}")
    counted = turn.dialogue.get("counted") or {}
    # Starting again empties the dialogue, not what was counted of this case.
    turn.dialogue["counted"] = {
        event: list(dict.fromkeys([*before.get(event, ()), *counted.get(event, ())])) for event in _EVENTS
    }
    for event, all_now in turn.dialogue["counted"].items():
        for outcome in all_now[len(before.get(event, ())) :]:
            if event == _VERDICT:
                measure, _, verdict = outcome.partition(":")
                statistics.count_in(session, turn.now, event, measure, statistics.place_of(turn.facts), verdict)
            else:
                statistics.count_in(session, turn.now, event, outcome=outcome)


def _note(dialogue: dict[str, Any], event: str, outcome: str) -> None:
    noted = dialogue.setdefault("counted", {}).setdefault(event, [])
    if outcome not in noted:
        noted.append(outcome)
