"""Something heard that may mean two things: asked back, never taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dialogue import asking, intake, offers, words
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn


class Doubt(Base):
    """Open while a value waits to be confirmed."""

    name, id = "doubt", asking.CONFIRMATION

    def is_open(self, turn: Turn) -> bool:
        """Whether a value waits, and may be asked about."""
        doubt = turn.conversation.doubt
        return doubt is not None and turn.may_use(doubt["fact"])

    def buttons(self, turn: Turn) -> list[Button]:
        """Yes with the value, or no."""
        doubt = turn.conversation.doubt or {}
        return [turn.button("si", offers.payload("inform", **_told(doubt))), turn.button("no", "/deny")]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Say what was understood and ask whether it is right."""
        doubt = turn.conversation.doubt or {}
        what, value = words.label(turn, doubt["fact"]), words.value(turn, doubt["fact"], doubt["value"])
        told = turn.words("colloquio.ho_capito_bene", times, che_cosa=what, valore=value)
        turn.say_text(f"{before} {told}".strip(), self.buttons(turn))

    def read(self, turn: Turn, topic: str) -> bool:
        """A yes takes the value and what was told along with it, anything else drops them."""
        doubt, turn.conversation.doubt = turn.conversation.doubt or {}, None
        turn.conversation.asked.pop(self.id, None)
        if turn.understood.intent == "affirm" and not turn.understood.facts:
            intake.report(turn, intake.take(turn, _told(doubt)))
            return True
        if turn.understood.intent == "deny" and not turn.understood.facts:
            turn.say("colloquio.non_segno")
            return True
        return False

    def leave(self, turn: Turn) -> None:
        """The value is not taken."""
        turn.conversation.doubt = None


def _told(doubt: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that a yes confirms."""
    return {doubt["fact"]: doubt["value"], **doubt.get("along", {})}


STEP = Doubt()
