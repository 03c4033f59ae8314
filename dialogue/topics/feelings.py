"""Fear, pain, anger: met in a line of their own, once each, never syrup."""

from __future__ import annotations

from dialogue.turn import Turn

KNOWN = ("paura", "dolore", "stanchezza", "rabbia", "sollievo", "tristezza")


def meet(turn: Turn) -> bool:
    """Say a line for the first feeling that was not met yet; False when there is none. Professionals get no such line."""
    if turn.audience != "cittadino":
        return False
    conversation = turn.conversation
    for feeling in turn.understood.feelings:
        if feeling in KNOWN and feeling not in conversation.felt:
            conversation.felt.append(feeling)
            turn.say(f"sentire.{feeling}")
            return True
    return False
