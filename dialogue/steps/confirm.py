"""A yes that something waits for: starting again, erasing, cancelling, sending an e-mail."""

from __future__ import annotations

from dialogue import asking, deeds
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn


class Confirm(Base):
    """Open while a deed waits; any message that is neither yes nor no drops it."""

    name, id = "confirm", asking.CONFIRMATION

    def is_open(self, turn: Turn) -> bool:
        """Whether a deed waits."""
        return turn.conversation.confirm is not None

    def buttons(self, turn: Turn) -> list[Button]:
        """Yes and no, in the words of the deed."""
        waiting = turn.conversation.confirm or {}
        yes, no = str(waiting.get("yes", "si")), str(waiting.get("no", "no"))
        return [turn.button(yes, "/affirm"), turn.button(no, "/deny")]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Say what would be done and ask."""
        waiting = turn.conversation.confirm or {}
        text = turn.words(waiting.get("text", "colloquio.conferma"), **waiting.get("values", {}))
        turn.say_text(text, self.buttons(turn))

    def read(self, turn: Turn, topic: str) -> bool:
        """Carry out or drop what waits."""
        waiting = turn.conversation.confirm or {}
        turn.conversation.confirm = None
        turn.conversation.asked.pop(self.id, None)
        said = turn.understood.choices.get(asking.CONFIRMATION)
        if said is None and turn.understood.intent in ("affirm", "deny"):
            said = turn.understood.intent == "affirm"
        if said is None:
            return False
        if said:
            deeds.carry_out(turn, str(waiting["what"]))
        else:
            deeds.leave_undone(turn, str(waiting["what"]))
        return True

    def leave(self, turn: Turn) -> None:
        """Nothing is done without a yes."""
        turn.conversation.confirm = None


STEP = Confirm()
