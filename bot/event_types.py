"""Finds the class of an event by its name in a table.

Rasa walks all classes of events, again for each event of a conversation, whenever it reads one.
"""

from __future__ import annotations

import functools

from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses

_by_walking = Event.resolve_by_type


@functools.cache
def _classes() -> dict[str, type[Event]]:
    classes: dict[str, type[Event]] = {}
    for found in all_subclasses(Event):
        classes.setdefault(found.type_name, found)
    return classes


def _resolve(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """As Rasa's own, which answers for names it does not find."""
    return _classes().get(type_name) or _by_walking(type_name, default)


def install() -> None:
    """Make Rasa read events with the table."""
    Event.resolve_by_type = staticmethod(_resolve)
