"""A referral that was sent: where it stands, its meetings, withdrawing it. The conversation that opened it needs no PIN."""

from __future__ import annotations

from dialogue import asking, people
from dialogue.effects import AnswerMeeting, CancelReferral
from dialogue.turn import Turn
from hotline.hours import moment_words
from referrals.appointments import AGREED, PROPOSED, Appointment, Appointments
from referrals.errors import ReferralError
from referrals.states import CLOSED


def say_status(turn: Turn) -> None:
    """Where the newest referral stands, with its meeting; a time that the operator offers waits for a yes."""
    referral = turn.referral
    if referral is None:
        turn.say("invio.stato_nessuna")
        return
    state = turn.words(f"invio.stato_{referral.state}")
    turn.say("invio.stato", codice=referral.code, operatore=referral.operator, testo=state)
    coming = [] if referral.state in CLOSED else _coming(turn, referral.code)
    for meeting in coming:
        if meeting.status == AGREED:
            turn.say("invio.appuntamento", quando=moment_words(meeting.starts_at, turn.now), dove=_where(turn, meeting))
    offered = next((meeting for meeting in coming if meeting.status == PROPOSED), None)
    if offered is not None:
        values = {"quando": moment_words(offered.starts_at, turn.now), "dove": _where(turn, offered)}
        asking.ask_first(turn, "accept_meeting", "invio.appuntamento_proposto", **values)


def _coming(turn: Turn, code: str) -> list[Appointment]:
    return [meeting for meeting in Appointments(turn.referrals).list(code) if meeting.starts_at > turn.now]


def _where(turn: Turn, meeting: Appointment) -> str:
    return turn.words(f"invio.dove_{meeting.place}")


def accept_meeting(turn: Turn) -> None:
    """Agree to the time that the operator offered."""
    _answer(turn, True)


def decline_meeting(turn: Turn) -> None:
    """Say that the time does not suit; the operator offers another."""
    _answer(turn, False)


def _answer(turn: Turn, accepted: bool) -> None:
    referral = turn.referral
    offered = [m for m in _coming(turn, referral.code) if m.status == PROPOSED] if referral else []
    if referral is None or not offered:
        turn.say("invio.appuntamento_passato")
        return
    try:
        turn.do(AnswerMeeting(referral.code, offered[0].id, accepted))
    except ReferralError:
        turn.say("invio.appuntamento_passato")
        return
    if accepted:
        turn.say(
            "invio.appuntamento", quando=moment_words(offered[0].starts_at, turn.now), dove=_where(turn, offered[0])
        )
    else:
        turn.say("invio.appuntamento_no")


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
