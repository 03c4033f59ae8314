"""The exact texts a person agrees to, and what follows from a yes or a no about health data."""

from __future__ import annotations

from typing import Any

import texts
from dialogue import intake
from dialogue.conversation import HEALTH
from dialogue.effects import GrantConsent, WithdrawConsent
from dialogue.turn import Turn


def health_text(audience: str) -> str:
    """The exact words agreed to."""
    return texts.say("consensi.salute", audience)


def sending_text(turn: Turn) -> str:
    """The exact words agreed to, with the operator's name in them."""
    return texts.say("consensi.invio", turn.audience, operatore=turn.conversation.draft["operator"])


def version() -> str:
    """The version of the consent texts."""
    return texts.say("consensi.versione")


def health_card(audience: str) -> dict[str, Any]:
    """The card that shows the exact words."""
    return {
        "kind": "consenso",
        "purpose": "salute",
        "title": texts.say("consensi.salute_titolo", audience),
        "text": health_text(audience),
    }


def sending_card(turn: Turn) -> dict[str, Any]:
    """The card that shows the exact words."""
    return {
        "kind": "consenso",
        "purpose": "invio",
        "title": texts.say("consensi.invio_titolo", turn.audience),
        "text": sending_text(turn),
    }


def grant_health(turn: Turn) -> None:
    """Record the consent, then bring in what was waiting for it."""
    if not turn.record.consented("salute"):
        turn.do(GrantConsent("salute", health_text(turn.audience), version()))
    _answered(turn, True)
    turn.say("apertura.consenso_si")
    intake.report(turn, intake.release_held(turn))


def refuse_health(turn: Turn) -> None:
    """Go on without health data; what was waiting is dropped, what was kept is forgotten."""
    changed = turn.conversation.health is True
    if turn.record.consented("salute"):
        turn.do(WithdrawConsent("salute"))
    _answered(turn, False)
    forget_health(turn)
    turn.say("apertura.consenso_cambiato_no" if changed else "apertura.consenso_no")
    turn.conversation.held = {}  # it was just said that health data are not used


def forget_health(turn: Turn) -> None:
    """Take every health fact out of what is known."""
    turn.facts = {fact: given for fact, given in turn.facts.items() if not turn.is_sensitive(fact)}
    turn.conversation.reopened = [f for f in turn.conversation.reopened if not turn.is_sensitive(f)]


def _answered(turn: Turn, yes: bool) -> None:
    turn.conversation.health = yes
    turn.conversation.consent_wanted = False
    turn.conversation.missed.pop(HEALTH, None)
