"""A call back at an hour that the person chooses: first the slot, then the number."""

from __future__ import annotations

import datetime as dt
import json
import re

from actions.dialogue import side_questions
from actions.dialogue.turn import Button, Turn
from cases.budgets import BudgetSpent
from hotline.caller import Caller, is_number, written
from hotline.errors import ContactWrong, SlotTaken
from hotline.hours import moment_words

QUESTION = "recapito"
CHOOSE, NO = "scegli", "no"
#: The page where the person of this conversation confirms an e-mail address.
CONFIRM_URL = "/conferma"
_PATIENCE = 2
_PHONE = re.compile(r"(?:\+|00)?\d(?:[\s./-]?\d){5,14}")


def _payload(choice: str) -> str:
    return "/ask_human" + json.dumps({"richiamo": choice})


def _slot_buttons(turn: Turn) -> list[Button]:
    slots = turn.services.callbacks.offer(turn.now)
    return [{"title": moment_words(slot, turn.now), "payload": _payload(slot.isoformat())} for slot in slots]


def offer(turn: Turn, choose_now: bool) -> None:
    """Propose a call: the hours at once, or first one button that leads to them.

    :param choose_now: nobody can answer in the chat now.
    """
    promised = turn.services.callbacks.of_case(turn.record.id)
    if promised is not None:
        buttons = [*_slot_buttons(turn), {"title": turn.words("sportello.richiamo_no"), "payload": _payload(NO)}]
        turn.say("sportello.richiamo_gia", quando=moment_words(promised.starts_at, turn.now), buttons=buttons)
    elif choose_now:
        _ask_slot(turn)
    else:
        button = {"title": turn.words("sportello.richiamo_scegli"), "payload": _payload(CHOOSE)}
        last = turn.messages[-1]
        last["buttons"] = [*last.get("buttons", ()), button]


def _ask_slot(turn: Turn) -> None:
    buttons = _slot_buttons(turn)
    if not buttons:
        turn.say("sportello.richiamo_nessuno", telefono=turn.services.help.phone, orario=turn.services.help.hours)
        return
    buttons.append({"title": turn.words("sportello.richiamo_no"), "payload": _payload(NO)})
    turn.say("sportello.quando_richiamo", buttons=buttons)


def choose(turn: Turn) -> bool:
    """Carry out what a button of ours said; False when the message is none of ours."""
    chosen = turn.understood.choices.get("richiamo")
    if not isinstance(chosen, str):
        return False
    slot = _slot(chosen)
    if chosen == NO:
        taken_back = turn.services.callbacks.cancel(turn.record.id, "persona", turn.now)
        _leave(turn)
        turn.say("sportello.richiamo_tolto" if taken_back else "sportello.richiamo_lasciato")
        side_questions.come_back(turn)
    elif slot is None:
        _ask_slot(turn)
    else:
        before = turn.dialogue["question"] if not is_pending(turn) else turn.dialogue["callback"]["before"]
        turn.dialogue["callback"] = {"at": slot.isoformat(), "before": before, "misses": 0}
        turn.dialogue["question"] = {"fact": QUESTION, "times": 1, "callback": True}
        ask_number(turn)
    return True


def _slot(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(dt.UTC) if moment.tzinfo else None


def is_pending(turn: Turn) -> bool:
    """Whether the open question is the number to call."""
    question = turn.dialogue["question"] or {}
    return bool(question.get("callback") and turn.dialogue.get("callback"))


def ask_number(turn: Turn) -> None:
    """Ask for the number to call."""
    draft = turn.dialogue["callback"]
    at = dt.datetime.fromisoformat(draft["at"])
    buttons = [{"title": turn.words("sportello.richiamo_no"), "payload": _payload(NO)}]
    turn.say("sportello.richiamo_numero", draft["misses"], buttons, quando=moment_words(at, turn.now))


def answer(turn: Turn, topic: str) -> bool:
    """Read a message while the number is asked; False when it is about something else.

    :param topic: what the message seems to be about.
    """
    understood = turn.understood
    if understood.is_button:
        return False
    number = understood.contacts.get("telefono") or _number_in(understood.text)
    if number:
        _book(turn, number)
    elif understood.intent in ("deny", "go_back", "cancel_referral"):
        _leave(turn)
        turn.say("sportello.richiamo_lasciato")
        side_questions.come_back(turn)
    elif topic not in ("risposta", "non_capito") or understood.facts:
        return False
    else:
        turn.dialogue["callback"]["misses"] += 1
        if turn.dialogue["callback"]["misses"] > _PATIENCE:
            _leave(turn)
            turn.say("sportello.richiamo_lasciato")
            side_questions.come_back(turn)
        else:
            ask_number(turn)
    return True


def _number_in(text: str) -> str | None:
    found = _PHONE.search(text)
    return found.group() if found else None


def _book(turn: Turn, number: str) -> None:
    at = dt.datetime.fromisoformat(turn.dialogue["callback"]["at"])
    caller = Caller(turn.understood.contacts.get("nome"), number)
    if not is_number(number):
        turn.say("sportello.richiamo_numero_sbagliato")
        return
    try:
        turn.services.callbacks.book(turn.record.id, at, caller, "persona", turn.now)
    except ContactWrong:
        turn.say("sportello.richiamo_numero_sbagliato")
        return
    except SlotTaken:
        _leave(turn)
        turn.say("sportello.richiamo_pieno")
        _ask_slot(turn)
        return
    except BudgetSpent:
        _leave(turn)
        _too_many(turn)
        return
    _leave(turn)
    quando = moment_words(at, turn.now)
    turn.say("sportello.richiamo_fissato", quando=quando, numero=written(caller.checked().telefono))
    side_questions.come_back(turn)


def _too_many(turn: Turn) -> None:
    """Too many calls were booked from here: the telephone is free, and whoever confirms an address has room."""
    card = {"kind": "documento", "label": turn.words("sportello.richiamo_conferma"), "url": CONFIRM_URL}
    turn.say("sportello.richiamo_troppi", telefono=turn.services.help.phone, orario=turn.services.help.hours)
    turn.messages[-1]["custom"] = card
    side_questions.come_back(turn)


def _leave(turn: Turn) -> None:
    """Give the conversation back the question that was open before."""
    draft = turn.dialogue.get("callback")
    if draft and is_pending(turn):
        turn.dialogue["question"] = draft["before"]
    turn.dialogue["callback"] = None
