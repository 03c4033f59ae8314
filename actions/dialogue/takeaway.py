"""The result to take away: a sheet to open or print, or a link to it by e-mail."""

from __future__ import annotations

import json
import re

from actions.dialogue import confirmations, side_questions
from actions.dialogue.addresses import EMAIL
from actions.dialogue.turn import Button, Turn
from actions.paper import mail
from referrals import links
from referrals.contact import Contact, ContactError

QUESTION = "recapito"
SHEET, MAIL, NO = "foglio", "email", "no"
MOST_MAILS = 3
_PATIENCE = 2
_TOLD = {
    mail.GOES: "foglio.email_mandata",
    mail.ASKED: "foglio.email_da_confermare",
    mail.TOO_MANY: "foglio.email_non_ora",
}
_THING = re.compile(r"(?i)\b(?:risultat\w*|esit[oi]|riepilogo|riassunto|fogli\w*|scheda|pdf|tutto quanto|tutto)\b")
_KEEP = re.compile(r"(?i)\b(?:stamp\w+|scaric\w+|salv(?:are|o|armi))\b")
_ON_PAPER = re.compile(r"(?i)\b(?:stamp\w+|scaric\w+|su carta)")
_PDF = re.compile(r"(?i)\bpdf\b")
_SEND = re.compile(r"(?i)\b(?:mand\w+|invi\w+|spedi\w+|ricever\w*|avere)\b")
_BY_MAIL = re.compile(r"(?i)\b(?:per|via|con|una|un'|alla mia|sulla mia|sulla|a mezzo) ?e?-?mail")


def payload(choice: str) -> str:
    """The payload of a button of ours."""
    return "/ask_explain_result" + json.dumps({"foglio": choice})


def offer_button(turn: Turn) -> Button:
    """The button that leads here."""
    return turn.button("foglio", payload(SHEET))


def wanted(turn: Turn) -> bool:
    """Answer a wish for the sheet or for the e-mail, said in words or with a button; False when there is none."""
    choice = _choice(turn)
    if choice is None:
        return False
    if choice == NO:
        _leave(turn)
        turn.say("foglio.email_lasciata")
        side_questions.come_back(turn)
    elif not turn.dialogue["result_seen"]:
        turn.say("foglio.prima_il_risultato")
        side_questions.come_back(turn)
    elif choice == MAIL:
        _ask_address(turn)
    else:
        _sheet(turn)
    return True


def _choice(turn: Turn) -> str | None:
    chosen = turn.understood.choices.get("foglio")
    if isinstance(chosen, str) and chosen in (SHEET, MAIL, NO):
        return chosen
    if turn.understood.is_button or turn.phase not in ("esito", "inviato"):
        return None
    text = turn.understood.text
    if _in_order(text, _SEND, _BY_MAIL) and turn.understood.intent not in (
        "referral_status",
        "ask_contacts",
        "delete_data",
    ):
        return MAIL
    wants_sheet = _PDF.search(text) or _in_order(text, _KEEP, _THING) or _in_order(text, _THING, _ON_PAPER)
    return SHEET if wants_sheet else None


def _in_order(text: str, first: re.Pattern[str], second: re.Pattern[str]) -> bool:
    """Whether `second` stands somewhere behind `first`; each is looked for once, however often the other occurs."""
    found = first.search(text)
    return found is not None and second.search(text, found.end()) is not None


def _sheet(turn: Turn) -> None:
    card = {
        "kind": "documento",
        "label": turn.words("foglio.scarica"),
        "url": f"/api/v1/chat/sessions/{turn.record.id}/summary.pdf",
    }
    by_mail = {"title": turn.words("foglio.per_email"), "payload": payload(MAIL)}
    turn.say("foglio.pronto")
    turn.messages[-1].update(custom=card, buttons=[by_mail])
    side_questions.come_back(turn)


def is_pending(turn: Turn) -> bool:
    """Whether the open question is the address to write to."""
    question = turn.dialogue["question"] or {}
    return bool(question.get("sheet") and turn.dialogue.get("sheet"))


def _ask_address(turn: Turn) -> None:
    sent = int(turn.dialogue.get("mails", 0))
    if sent >= MOST_MAILS:
        turn.say("foglio.email_troppe", volte=sent)
        _sheet(turn)
        return
    before = turn.dialogue["question"] if not is_pending(turn) else turn.dialogue["sheet"]["before"]
    turn.dialogue["sheet"] = {"before": before, "misses": 0}
    turn.dialogue["question"] = {"fact": QUESTION, "times": 1, "sheet": True}
    ask_address(turn)


def ask_address(turn: Turn) -> None:
    """Ask for the address, in other words the second time."""
    buttons = [{"title": turn.words("foglio.lascia"), "payload": payload(NO)}]
    turn.say("foglio.chiedi_email", turn.dialogue["sheet"]["misses"], buttons)


def answer(turn: Turn, topic: str) -> bool:
    """Read a message while the address is asked; False when it is about something else.

    :param topic: what the message seems to be about.
    """
    understood = turn.understood
    if understood.is_button and understood.intent not in ("deny", "go_back"):
        return False
    if address := understood.contacts.get("email") or _address_in(understood.text):
        _check(turn, address)
    elif understood.intent in ("deny", "go_back", "cancel_referral"):
        _leave(turn)
        turn.say("foglio.email_lasciata")
        side_questions.come_back(turn)
    elif topic not in ("risposta", "non_capito", "fuori_tema") or understood.facts:
        return False
    else:
        _missed(turn)
    return True


def _address_in(text: str) -> str | None:
    found = EMAIL.search(text)
    return found.group().rstrip(".") if found else None


def _check(turn: Turn, address: str) -> None:
    try:
        checked = Contact("Nome Cognome", email=address).checked().email
    except ContactError:
        turn.say("foglio.email_sbagliata")
        _missed(turn)
        return
    turn.dialogue["sheet"]["to"] = checked
    days = links.days(links.RESULT)
    confirmations.ask(turn, "mail_sheet", "foglio.conferma_email", indirizzo=checked, giorni=days)


def _missed(turn: Turn) -> None:
    turn.dialogue["sheet"]["misses"] += 1
    if turn.dialogue["sheet"]["misses"] > _PATIENCE:
        _leave(turn)
        turn.say("foglio.email_lasciata")
        side_questions.come_back(turn)
    else:
        ask_address(turn)


def send_confirmed(turn: Turn) -> None:
    """The person agreed: the e-mail goes to the outbox, the address is forgotten here."""
    address = (turn.dialogue.get("sheet") or {}).get("to")
    _leave(turn)
    if address:
        number = int(turn.dialogue.get("mails", 0)) + 1
        became = mail.send(turn.services, turn.record.id, address, number, turn.now)
        turn.dialogue["mails"] = number
        turn.say(_TOLD[became], indirizzo=address, telefono=turn.services.help.phone)
    side_questions.come_back(turn)


def _leave(turn: Turn) -> None:
    """Give the conversation back the question that was open before; the address is forgotten."""
    if is_pending(turn):
        turn.dialogue["question"] = turn.dialogue["sheet"]["before"]
    turn.dialogue["sheet"] = None


def declined(turn: Turn) -> bool:
    """After a no to the e-mail: forget the address and say that nothing goes out; False when none was asked."""
    if not turn.dialogue.get("sheet"):
        return False
    _leave(turn)
    turn.say("foglio.email_lasciata")
    side_questions.come_back(turn)
    return True
