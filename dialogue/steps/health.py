"""The consent to use health data: asked when the first health fact is told or needed, with its exact text."""

from __future__ import annotations

from dialogue import asking, consents, draft
from dialogue.conversation import HEALTH
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn


class Health(Base):
    """Open once a health fact was told or is the next to be asked; a no leaves every other road open."""

    name, id = "health", HEALTH

    def is_open(self, turn: Turn) -> bool:
        """Whether the answer is needed now."""
        conversation = turn.conversation
        if conversation.health is not None:
            return False
        if conversation.consent_wanted or conversation.held:
            return True
        if draft.is_going(turn):
            return False
        fact = asking.next_fact(turn)
        return fact is not None and turn.is_sensitive(fact)

    def buttons(self, turn: Turn) -> list[Button]:
        """Yes, no, and why."""
        return [
            turn.button("consenso_si", "/affirm"),
            turn.button("consenso_no", "/deny"),
            turn.button("consenso_perche", "/ask_why"),
        ]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Ask, with the exact words on a card."""
        told = f"{before} {turn.words('apertura.chiedi_consenso', times)}".strip()
        turn.say_text(told, self.buttons(turn), consents.health_card(turn.audience))

    def read(self, turn: Turn, topic: str) -> bool:
        """Read the answer; whatever else is told waits for it."""
        said = turn.understood.choices.get(HEALTH)
        if said is None and turn.understood.intent in ("affirm", "deny"):
            said = turn.understood.intent == "affirm"
        if said is True:
            consents.grant_health(turn)
        elif said is False:
            consents.refuse_health(turn)
        else:
            return False
        return True

    def leave(self, turn: Turn) -> None:
        """Without an answer health data are not used; the answer may still come."""
        turn.conversation.health = False
        turn.conversation.held = {}
        turn.conversation.consent_wanted = False
        turn.say("apertura.consenso_lasciato", buttons=[turn.button("consenso_si", '/inform{"consenso_salute": true}')])

    def why(self, turn: Turn) -> str:
        """Why it is asked, in words."""
        return turn.words("apertura.consenso_perche")


STEP = Health()
