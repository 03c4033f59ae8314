"""Questions about the result, and the result to take away on a sheet or by e-mail."""

from __future__ import annotations

import re

from dialogue import offers, outcome
from dialogue.turn import Turn

MOST_MAILS = 3
_THING = re.compile(r"(?i)\b(?:risultat\w*|esit[oi]|riepilogo|riassunto|fogli\w*|scheda|pdf|tutto quanto|tutto)\b")
_KEEP = re.compile(r"(?i)\b(?:stamp\w+|scaric\w+|salv(?:are|o|armi))\b")
_ON_PAPER = re.compile(r"(?i)\b(?:stamp\w+|scaric\w+|su carta)")
_PDF = re.compile(r"(?i)\bpdf\b")
_SEND = re.compile(r"(?i)\b(?:mand\w+|invi\w+|spedi\w+|ricever\w*|avere)\b")
_BY_MAIL = re.compile(r"(?i)\b(?:per|via|con|una|un'|alla mia|sulla mia|sulla|a mezzo) ?e?-?mail")
_NO_WISH = ("referral_status", "ask_contacts", "delete_data")


def explain(turn: Turn) -> None:
    """Why this result, point by point; before the result, what is known so far."""
    if turn.conversation.result_seen:
        outcome.explain(turn)
    else:
        outcome.say_so_far(turn)


def wanted(turn: Turn) -> str | None:
    """The wish for the sheet or the e-mail, said in words or with a button, None when there is none."""
    chosen = turn.understood.choices.get("foglio")
    if isinstance(chosen, str) and chosen in (offers.SHEET, offers.MAIL, offers.NO):
        return chosen
    if turn.understood.is_button or not turn.conversation.result_seen:
        return None
    text = turn.understood.text
    if _in_order(text, _SEND, _BY_MAIL) and turn.understood.intent not in _NO_WISH:
        return offers.MAIL
    wants_sheet = _PDF.search(text) or _in_order(text, _KEEP, _THING) or _in_order(text, _THING, _ON_PAPER)
    return offers.SHEET if wants_sheet else None


def _in_order(text: str, first: re.Pattern[str], second: re.Pattern[str]) -> bool:
    """Whether ``second`` stands somewhere behind ``first``; each is looked for once, however often the other occurs."""
    found = first.search(text)
    return found is not None and second.search(text, found.end()) is not None


def take_away(turn: Turn, choice: str) -> None:
    """Give the sheet, or begin an e-mail, or drop it."""
    conversation = turn.conversation
    if choice == offers.NO:
        conversation.sheet = None
        conversation.asked.pop("recapito", None)
        turn.say("foglio.email_lasciata")
    elif not conversation.result_seen:
        turn.say("foglio.prima_il_risultato")
    elif choice == offers.SHEET:
        _sheet(turn)
    elif conversation.mails >= MOST_MAILS:
        turn.say("foglio.email_troppe", volte=conversation.mails)
        _sheet(turn)
    else:
        conversation.sheet = {"misses": 0}
        conversation.asked.pop("recapito", None)


def _sheet(turn: Turn) -> None:
    card = {
        "kind": "documento",
        "label": turn.words("foglio.scarica"),
        "url": f"/api/v1/chat/sessions/{turn.record.id}/summary.pdf",
    }
    title = turn.words("foglio.per_email")
    by_mail = {"title": title, "payload": offers.payload("ask_explain_result", foglio=offers.MAIL)}
    turn.say_text(turn.words("foglio.pronto"), [by_mail], card)
