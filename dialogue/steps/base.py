"""What the steps have in common."""

from __future__ import annotations

from dialogue.turn import Button, Turn


class Base:
    """A step with the usual manners; see :class:`dialogue.turn.Step`."""

    name: str
    id: str  # the public id, where it is always the same

    def public(self, turn: Turn) -> str:
        """The id that the contract gives to this question."""
        return self.id

    def buttons(self, turn: Turn) -> list[Button]:
        """Nothing to tap."""
        return []

    def why(self, turn: Turn) -> str:
        """Why it is asked, in words."""
        return turn.words(f"misure.perche_{self.public(turn)}")

    def back(self, turn: Turn) -> bool:
        """Nothing was before it."""
        return False
