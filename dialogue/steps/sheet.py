"""The address for an e-mail with a link to the result."""

from __future__ import annotations

from dialogue import asking, offers
from dialogue.addresses import EMAIL
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn
from referrals import links
from referrals.contact import Contact, ContactError

_PATIENCE = 2


class Sheet(Base):
    """Open while the e-mail is wanted and the address is not known."""

    name, id = "sheet", "recapito"

    def is_open(self, turn: Turn) -> bool:
        """Whether the address is missing."""
        return turn.conversation.sheet is not None

    def buttons(self, turn: Turn) -> list[Button]:
        """The way out."""
        return [{"title": turn.words("foglio.lascia"), "payload": offers.payload("ask_explain_result", foglio="no")}]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Ask for the address, in other words the second time."""
        misses = int((turn.conversation.sheet or {}).get("misses", 0))
        turn.say("foglio.chiedi_email", max(misses, min(times, 1)), self.buttons(turn))

    def read(self, turn: Turn, topic: str) -> bool:
        """Read the address; a no and going back give the e-mail up."""
        understood = turn.understood
        if understood.is_button and understood.intent not in ("deny", "go_back"):
            return False
        found = EMAIL.search(understood.text)
        address = understood.contacts.get("email") or (found.group().rstrip(".") if found else None)
        if address:
            self._check(turn, address)
        elif understood.intent in ("deny", "go_back", "cancel_referral"):
            self.leave(turn)
        elif topic not in ("risposta", "non_capito", "fuori_tema") or understood.facts:
            return False
        else:
            self._missed(turn)
        return True

    def _check(self, turn: Turn, address: str) -> None:
        waiting = turn.conversation.sheet or {}
        try:
            checked = Contact("Nome Cognome", email=address).checked().email
        except ContactError:
            turn.say("foglio.email_sbagliata")
            self._missed(turn)
            return
        waiting["to"] = checked
        days = links.days(links.RESULT)
        asking.ask_first(turn, "mail_sheet", "foglio.conferma_email", indirizzo=checked, giorni=days)

    def _missed(self, turn: Turn) -> None:
        waiting = turn.conversation.sheet or {}
        waiting["misses"] = int(waiting.get("misses", 0)) + 1
        if waiting["misses"] > _PATIENCE:
            self.leave(turn)

    def leave(self, turn: Turn) -> None:
        """Nothing is sent, the address is forgotten."""
        turn.conversation.sheet = None
        turn.conversation.asked.pop(self.id, None)
        turn.say("foglio.email_lasciata")

    def why(self, turn: Turn) -> str:
        """Why it is asked, in words."""
        return turn.words("misure.perche_recapito_foglio")


STEP = Sheet()
