"""Facts that cannot both be true: reported to the person, never settled silently."""

from __future__ import annotations

import eligibility
from actions.dialogue.turn import Turn


def find(turn: Turn) -> tuple[str, str, str] | None:
    """The first pair of facts that do not go together, with the reason in Italian, or None."""
    for clash in eligibility.contradictions(turn.facts, turn.ruleset):
        first, second = clash.facts[:2]
        return first, second, clash.text
    return None
