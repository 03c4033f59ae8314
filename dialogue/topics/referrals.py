"""The wish for an operator, and what becomes of a referral that was sent."""

from __future__ import annotations

from dialogue import asking, deeds, draft, following
from dialogue.turn import Turn


def request(turn: Turn) -> None:
    """The person wants an operator: confirm, or finish the interview first."""
    conversation = turn.conversation
    if draft.is_going(turn) or draft.is_refused(turn):
        return
    if conversation.draft or turn.referral_open or draft.can_retry(turn):
        deeds.open_referral(turn)
    elif not conversation.result_seen:
        conversation.wants_operator = True
        turn.say("invio.prima_le_domande")
    elif turn.understood.is_button or turn.understood.intent in ("affirm", "inform"):
        deeds.open_referral(turn)
    else:
        asking.ask_first(turn, "open_referral", "invio.conferma_apertura")


def from_doctor(turn: Turn) -> None:
    """A doctor sends a patient: for doctors a referral, for others an explanation and the same offer."""
    if turn.audience == "cittadino":
        turn.say("invio.medico_cittadino")
    else:
        request(turn)


def status(turn: Turn) -> None:
    """Read out where the referral stands, after a confirmation when the wish was not plain."""
    referral = turn.referral
    if referral is None or turn.understood.is_sure:
        following.say_status(turn)
    else:
        asking.ask_first(turn, "referral_status", "invio.stato_conferma", codice=referral.code)


def cancel(turn: Turn) -> None:
    """Withdraw: a draft at once, a referral after a confirmation."""
    referral = turn.referral
    if turn.conversation.draft:
        draft.leave(turn)
    elif referral is None or not turn.referral_open:
        turn.say("invio.stato_nessuna")
    else:
        values = {"codice": referral.code, "operatore": referral.operator}
        asking.ask_first(turn, "cancel_referral", "invio.annulla_conferma", **values)
