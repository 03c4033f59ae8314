"""Keeps a conversation's tracker short, so that the two hundredth turn costs what the tenth did.

Rasa reads the whole tracker at each turn and sends it to each action. Slots and the active form are what its rules need
of the past: they are written again at the beginning of the shortened tracker.
"""

from __future__ import annotations

from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

MOST_TURNS = 2  # a tracker longer than this is shortened ...
KEPT_TURNS = 1  # ... to this

_keeping_all = False


def keep_all() -> None:
    """Leave trackers as long as Rasa makes them, for a model whose policies learn from what came before."""
    global _keeping_all
    _keeping_all = True


def trimmed(events: list[Event], domain: Domain) -> list[Event]:
    """`events` as they are while there are few, or else the last turns after a summary of those before.

    :param domain: gives the slots and their first values.
    """
    turns = [i for i, event in enumerate(events) if isinstance(event, UserUttered)]
    if _keeping_all or len(turns) <= MOST_TURNS:
        return events
    cut = turns[-KEPT_TURNS]
    past = DialogueStateTracker.from_events("past", events[:cut], domain.slots)
    return [*_summary(past, events[cut].timestamp), *events[cut:]]


def _summary(past: DialogueStateTracker, timestamp: float) -> list[Event]:
    """Events that bring a new tracker where `past` stands: same slots, same form, listening."""
    summary: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    slots = [SlotSet(name, slot.value) for name, slot in past.slots.items() if slot.value != slot.initial_value]
    if past.active_loop_name:
        summary += [ActionExecuted(past.active_loop_name), ActiveLoop(past.active_loop_name)]
    summary += [*slots, ActionExecuted(ACTION_LISTEN_NAME)]
    for event in summary:
        event.timestamp = timestamp
    return summary
