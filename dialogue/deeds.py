"""What is done only after a yes: starting again, erasing, withdrawing, sending; and how each yes is asked for."""

from __future__ import annotations

from collections.abc import Callable

from dialogue import consents, draft, draft_reading, following
from dialogue.effects import ASKED, GOES, TOO_MANY, SendSheet, WithdrawConsent
from dialogue.turn import Turn

_TOLD = {
    GOES: "foglio.email_mandata",
    ASKED: "foglio.email_da_confermare",
    TOO_MANY: "foglio.email_non_ora",
}


def carry_out(turn: Turn, what: str) -> None:
    """Do what waited for a yes.

    :raises KeyError: there is no such deed.
    """
    _DEEDS[what](turn)


def leave_undone(turn: Turn, what: str) -> None:
    """The answer was no."""
    _UNDONE.get(what, _nothing_changes)(turn)


def open_referral(turn: Turn) -> None:
    """Begin a referral, or go on with the one put aside, or try another operator after a refusal."""
    turn.conversation.sheet = turn.conversation.callback = None  # one thing at a time
    if turn.conversation.draft:
        draft.resume(turn)
    elif turn.referral_open:
        assert turn.referral is not None  # noqa: S101 (it is open)
        turn.say("invio.gia_inviata", codice=turn.referral.code)
    elif draft.can_retry(turn):
        draft.begin_again(turn)
    elif draft.begin(turn):
        draft_reading.take_operator(turn)


def _restart(turn: Turn) -> None:
    """Forget every answer; consents, referrals and what was sent stay."""
    if turn.conversation.draft.get("consent"):
        turn.do(WithdrawConsent("invio"))
    turn.conversation = turn.conversation.again()
    turn.facts = {}
    turn.say("colloquio.riparti_fatto")


def _erase(turn: Turn) -> None:
    """Erase the case: key, rows, referrals still open. The gateway forgets the rest on seeing ``erased``."""
    turn.close()
    turn.services.cases.erase(turn.record.id, turn.now)
    turn.messages.clear()
    turn.say("riservatezza.cancellato")
    turn.messages[-1]["custom"] = {"erased": True}
    turn.erased = True


def _mail_sheet(turn: Turn) -> None:
    """The person agreed: the e-mail goes to the outbox, the address is forgotten here."""
    conversation = turn.conversation
    address = (conversation.sheet or {}).get("to")
    conversation.sheet = None
    if address:
        became = turn.do(SendSheet(address, conversation.mails + 1))
        conversation.mails += 1
        turn.say(_TOLD[became], indirizzo=address, telefono=turn.services.help.phone)


def _no_mail(turn: Turn) -> None:
    turn.conversation.sheet = None
    turn.say("foglio.email_lasciata")


def _nothing_changes(turn: Turn) -> None:
    turn.say("colloquio.riparti_no")


_UNDONE: dict[str, Callable[[Turn], None]] = {"mail_sheet": _no_mail, "accept_meeting": following.decline_meeting}
_DEEDS: dict[str, Callable[[Turn], None]] = {
    "restart": _restart,
    "delete_data": _erase,
    "withdraw_health": consents.refuse_health,
    "cancel_referral": following.cancel,
    "referral_status": following.say_status,
    "open_referral": open_referral,
    "mail_sheet": _mail_sheet,
    "accept_meeting": following.accept_meeting,
}
