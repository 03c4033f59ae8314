"""Where the person lives: asked to look for operators, with a referral or without."""

from __future__ import annotations

import re
from typing import Any

from dialogue import asking, intake, nearby
from dialogue.steps.base import Base
from dialogue.steps.sending import Sending
from dialogue.turn import Button, Turn

# What people put before the name of their comune.
_BEFORE_PLACE = re.compile(r"(?i)^\s*(?:abito|vivo|sto|risiedo)?\s*(?:a|in|nel comune di)?\s+")
_FACT = "comune"


def place_meant(turn: Turn) -> dict[str, Any]:
    """The place that a message names, where only a place is asked."""
    understood = turn.understood
    if _FACT in understood.facts:
        return dict(understood.facts)
    if understood.knows_not:
        return {_FACT: None}
    text = _BEFORE_PLACE.sub("", f" {understood.text} ").strip()
    plausible = understood.intent in ("inform", "nlu_fallback") and re.fullmatch(r"[^\W\d_][^\d_]{1,40}", text)
    named = {_FACT: text} if plausible and not understood.is_button and not understood.facts else {}
    return dict(understood.facts) | named


class Near(Base):
    """Open while the operators nearby are wanted and the place is not known."""

    name, id = "near", _FACT

    def is_open(self, turn: Turn) -> bool:
        """Whether the place is missing."""
        return turn.conversation.place_for_operators and nearby.is_place_wanted(turn)

    def buttons(self, turn: Turn) -> list[Button]:
        """The way out for who does not know."""
        return [turn.button("non_so", "/dont_know")]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Ask where."""
        turn.say("misure.operatori_dove", times, self.buttons(turn))

    def read(self, turn: Turn, topic: str) -> bool:
        """Take the place and show the operators."""
        if topic not in ("risposta", "non_capito") and _FACT not in turn.understood.facts:
            return False
        given = place_meant(turn)
        if _FACT not in given:
            return False
        turn.conversation.place_for_operators = False
        intake.report(turn, intake.take(turn, given), asked=_FACT)
        nearby.show(turn, nearby.measure(turn))
        asking.go_back_to_open(turn)
        return True

    def leave(self, turn: Turn) -> None:
        """Go on without operators."""
        turn.conversation.place_for_operators = False

    def why(self, turn: Turn) -> str:
        """Why it is asked, in words."""
        return turn.words("misure.perche_domanda", motivo=turn.ruleset.facts[_FACT].why[turn.audience])


class Place(Sending):
    """Open while a referral is prepared and the place is not known."""

    name, id = "place", _FACT

    def facts(self, turn: Turn) -> dict[str, Any]:
        """The facts of the message, with the place that it names."""
        return place_meant(turn)

    def leave(self, turn: Turn) -> None:
        """Operators anywhere are better than none."""
        turn.conversation.closed.append(_FACT)

    def why(self, turn: Turn) -> str:
        """Why it is asked, in words."""
        return turn.words("misure.perche_domanda", motivo=turn.ruleset.facts[_FACT].why[turn.audience])


NEAR, STEP = Near(), Place()
