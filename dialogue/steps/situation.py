"""The first question: what happened. Five situations to tap, or free words."""

from __future__ import annotations

from dialogue import intake, offers
from dialogue.counting import OPENING
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn
from eligibility.situations import implied_by


class Situation(Base):
    """Open until something is told."""

    name, id = "situation", OPENING

    def is_open(self, turn: Turn) -> bool:
        """Whether nothing was told yet."""
        return not turn.conversation.opened

    def buttons(self, turn: Turn) -> list[Button]:
        """The situations."""
        return offers.situations(turn)

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Ask what happened."""
        turn.say_text(f"{before} {turn.words('apertura.che_cosa', times)}".strip(), self.buttons(turn))

    def read(self, turn: Turn, topic: str) -> bool:
        """Take a situation that was chosen; facts, a yes or a wish to begin lead on by themselves."""
        understood, conversation = turn.understood, turn.conversation
        chosen = understood.facts.get(OPENING)
        if isinstance(chosen, str) and topic in ("risposta", "non_capito") and chosen in turn.ruleset.situations:
            conversation.opened = True
            implied = implied_by(chosen)
            taken = intake.take(turn, {**implied, **understood.facts})
            turn.say(f"apertura.accolta_{chosen}")
            taken.new = [fact for fact in taken.new if fact not in (OPENING, *implied)]
            intake.report(turn, taken)
            return True
        if understood.facts or topic in ("requisiti", "apri_segnalazione", "segnala_paziente", "correggi"):
            conversation.opened = True
            return False
        if topic == "risposta" and understood.intent != "inform":  # yes, no, I do not know: let us begin
            conversation.opened = True
            return True
        return False

    def leave(self, turn: Turn) -> None:
        """Go on with plain questions."""
        turn.conversation.opened = True

    def back(self, turn: Turn) -> bool:
        """Nothing was before it."""
        turn.say("colloquio.indietro_fermo")
        return True


STEP = Situation()
