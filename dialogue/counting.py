"""What a turn adds to the anonymous counts: questions put or left behind, messages not understood, verdicts told.

The conversation remembers what was counted of it, so that each thing counts once for each conversation: a group of five in the
statistics is five conversations, not one person who was asked five times.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from cases import statistics
from dialogue.turn import Turn

#: The first question of a new case.
OPENING = "situazione"
# Where people write freely, with no question open.
FREE = "libero"
#: What the dialogue of a new case remembers: its first question is counted when the case opens.
FIRST: dict[str, list[str]] = {"domanda": [OPENING]}
_VERDICT = "valutazione"
_EVENTS = ("domanda", "domanda_lasciata", "non_capito", "non_capito_simile", _VERDICT)


def missed(turn: Turn) -> None:
    """Note that the message was not understood, for :func:`count_in`."""
    counted = turn.conversation.counted
    _note(counted, "non_capito", turn.conversation.open or FREE)
    if turn.understood.ranking:
        _note(counted, "non_capito_simile", turn.understood.ranking[0][0])


def count_in(session: Session, turn: Turn) -> None:
    """Count what is new in this turn, and remember it in the conversation, which is yet to be written."""
    conversation, counted = turn.conversation, turn.conversation.counted
    before: dict[str, list[str]] = turn.counted_before
    for fact in conversation.asked:
        _note(counted, "domanda", fact)
    for fact in [*before.get("domanda", ()), *conversation.asked]:
        if fact != conversation.open:
            _note(counted, "domanda_lasciata", fact)
    for assessment in (turn.shown or {}).get("assessments", ()):
        _note(counted, _VERDICT, f"{assessment['measure']}:{assessment['verdict']}")
    for event in _EVENTS:
        for outcome in counted.get(event, ())[len(before.get(event, ())) :]:
            if event == _VERDICT:
                measure, _, verdict = outcome.partition(":")
                statistics.count_in(session, turn.now, event, measure, statistics.place_of(turn.facts), verdict)
            else:
                statistics.count_in(session, turn.now, event, outcome=outcome)


def _note(counted: dict[str, list[str]], event: str, outcome: str) -> None:
    noted = counted.setdefault(event, [])
    if outcome not in noted:
        noted.append(outcome)
