"""A referral that was sent: where it stands, withdrawing it."""

from __future__ import annotations

from typing import Any

from actions.dialogue import choices, confirmations, people, questions, side_questions
from actions.dialogue.turn import Turn
from referrals.errors import ReferralError
from referrals.states import OPEN


def _current(turn: Turn) -> Any | None:
    """The newest referral of this case, or None."""
    found = list(turn.services.referrals.all_for_case(turn.record.id))
    if not found:
        return None
    open_ones = [referral for referral in found if referral.state in OPEN]
    return (open_ones or found)[-1]


def ask_status(turn: Turn) -> None:
    """Read out where the referral stands, after a confirmation when the wish was not plain."""
    referral = _current(turn)
    if referral is None:
        turn.say("invio.stato_nessuna")
        side_questions.come_back(turn)
    elif turn.understood.is_sure:
        status(turn)
    else:
        confirmations.ask(turn, "referral_status", "invio.stato_conferma", codice=referral.code)


def status(turn: Turn) -> None:
    """Where the referral stands."""
    referral = _current(turn)
    if referral is None:
        turn.say("invio.stato_nessuna")
    else:
        state = turn.words(f"invio.stato_{referral.state}")
        turn.say("invio.stato", codice=referral.code, operatore=referral.operator, testo=state)
    side_questions.come_back(turn)


def cancel(turn: Turn) -> None:
    """Withdraw: a draft at once, a referral after a confirmation."""
    from actions.dialogue import referral_flow

    if turn.phase == "invio":
        referral_flow.leave(turn)
        return
    referral = _current(turn)
    if referral is None or referral.state not in OPEN:
        turn.say("invio.stato_nessuna")
        side_questions.come_back(turn)
        return
    values = {"codice": referral.code, "operatore": referral.operator}
    confirmations.ask(turn, "cancel_referral", "invio.annulla_conferma", **values)


def cancel_confirmed(turn: Turn) -> None:
    """Withdraw the referral; the operator is told by the outbox."""
    referral = _current(turn)
    if referral is None:
        turn.say("invio.stato_nessuna")
    else:
        try:
            turn.services.referrals.cancel(referral.code, "persona", turn.now)
        except ReferralError:
            turn.say("invio.annulla_tardi", telefono=turn.services.help.phone)
            people.mark_waiting(turn)
        else:
            turn.say("invio.annulla_fatto", codice=referral.code)
            turn.dialogue["referral"] = None
            turn.phase = "esito" if turn.dialogue["result_seen"] else turn.phase
    if turn.question is None:
        choices.offer(turn)
    else:
        questions.ask_again(turn)


def from_doctor(turn: Turn) -> None:
    """A doctor sends a patient: for doctors a referral, for others an explanation and the same offer."""
    from actions.dialogue import referral_flow

    if turn.audience == "cittadino":
        turn.say("invio.medico_cittadino")
        side_questions.come_back(turn)
    else:
        referral_flow.request(turn)
