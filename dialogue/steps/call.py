"""The telephone number for a call back, at the hour that the person chose."""

from __future__ import annotations

import datetime as dt
import re

from cases.budgets import BudgetSpent
from dialogue import people
from dialogue.effects import BookCallback
from dialogue.steps.base import Base
from dialogue.turn import Button, Turn
from hotline.caller import Caller
from hotline.errors import ContactWrong, SlotTaken
from hotline.hours import moment_words
from texts import typed

#: The page where the person of this conversation confirms an e-mail address.
CONFIRM_URL = "/conferma"
_PATIENCE = 2
_PHONE = re.compile(r"(?:\+|00)?\d(?:[\s./-]?\d){5,14}")


class Call(Base):
    """Open while an hour is chosen and the number is not known."""

    name, id = "callback", "recapito"

    def is_open(self, turn: Turn) -> bool:
        """Whether a call is being arranged."""
        return turn.conversation.callback is not None

    def buttons(self, turn: Turn) -> list[Button]:
        """The way out."""
        return [people.no_call(turn)]

    def ask(self, turn: Turn, times: int, before: str) -> None:
        """Ask for the number to call."""
        waiting = turn.conversation.callback or {}
        at = dt.datetime.fromisoformat(waiting["at"])
        variant = max(int(waiting.get("misses", 0)), min(times, 1))
        turn.say("sportello.richiamo_numero", variant, self.buttons(turn), quando=moment_words(at, turn.now))

    def read(self, turn: Turn, topic: str) -> bool:
        """Read the number; a no and going back give the call up."""
        understood = turn.understood
        if understood.is_button and understood.intent not in ("deny", "go_back"):
            return False
        found = _PHONE.search(understood.text)
        number = understood.contacts.get("telefono") or (found.group() if found else None)
        if number:
            self._book(turn, number)
        elif understood.intent in ("deny", "go_back", "cancel_referral"):
            self.leave(turn)
        elif topic not in ("risposta", "non_capito") or understood.facts:
            return False
        else:
            self._missed(turn)
        return True

    def _missed(self, turn: Turn) -> None:
        waiting = turn.conversation.callback or {}
        waiting["misses"] = int(waiting.get("misses", 0)) + 1
        if waiting["misses"] > _PATIENCE:
            self.leave(turn)

    def _book(self, turn: Turn, number: str) -> None:
        at = dt.datetime.fromisoformat((turn.conversation.callback or {})["at"])
        caller = Caller(turn.understood.contacts.get("nome"), number)
        try:
            if typed.phone(number) is None:
                raise ContactWrong
            turn.do(BookCallback(at, caller))
        except ContactWrong:
            turn.say("sportello.richiamo_numero_sbagliato")
            return
        except SlotTaken:
            turn.conversation.callback = None
            turn.say("sportello.richiamo_pieno")
            people.offer_slots(turn)
            return
        except BudgetSpent:
            turn.conversation.callback = None
            self._too_many(turn)
            return
        turn.conversation.callback = None
        turn.conversation.asked.pop(self.id, None)
        quando = moment_words(at, turn.now)
        turn.say("sportello.richiamo_fissato", quando=quando, numero=typed.phone_as_read(caller.checked().telefono))

    @staticmethod
    def _too_many(turn: Turn) -> None:
        """Too many calls were booked from here: the telephone is free, and whoever confirms an address has room."""
        card = {"kind": "documento", "label": turn.words("sportello.richiamo_conferma"), "url": CONFIRM_URL}
        found = turn.services.help
        turn.say_text(turn.words("sportello.richiamo_troppi", telefono=found.phone, orario=found.hours), card=card)

    def leave(self, turn: Turn) -> None:
        """No call is arranged."""
        turn.conversation.callback = None
        turn.conversation.asked.pop(self.id, None)
        turn.say("sportello.richiamo_lasciato")

    def why(self, turn: Turn) -> str:
        """Why it is asked, in words."""
        return turn.words("sportello.perche_numero")


STEP = Call()
