"""A referral that was sent: where it stands, withdrawing it."""

from __future__ import annotations

from dialogue import people
from dialogue.effects import CancelReferral
from dialogue.turn import Turn
from referrals.errors import ReferralError


def say_status(turn: Turn) -> None:
    """Where the newest referral stands."""
    referral = turn.referral
    if referral is None:
        turn.say("invio.stato_nessuna")
        return
    state = turn.words(f"invio.stato_{referral.state}")
    turn.say("invio.stato", codice=referral.code, operatore=referral.operator, testo=state)


def cancel(turn: Turn) -> None:
    """Withdraw the newest referral; the operator is told by the outbox."""
    referral = turn.referral
    if referral is None:
        turn.say("invio.stato_nessuna")
        return
    try:
        turn.do(CancelReferral(referral.code))
    except ReferralError:
        turn.say("invio.annulla_tardi", telefono=turn.services.help.phone)
        people.mark_waiting(turn)
    else:
        turn.say("invio.annulla_fatto", codice=referral.code)
