"""Calls that the hotline owes to people who cannot be told otherwise: opened with the event, closed by an attempt.

Three attempts without an answer close a call as not reached: the pages then say so, instead of that the person was told.
"""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from referrals import workdays
from referrals.models import ReferralRow
from referrals.notice_models import (
    DONE,
    MESSAGE_LEFT,
    NOT_REACHED,
    OUTCOMES,
    OVERTAKEN,
    SPOKE,
    TO_DO,
    WRONG_NUMBER,
    CallAttemptRow,
    CallTaskRow,
)

MOST_ATTEMPTS = 3
#: What can wait for the next working day; anything else is due at once.
_CAN_WAIT = ("persona_inviata", "persona_presa_in_carico", "persona_conclusa", "persona_dieci_giorni")
_AGAIN_AFTER = timedelta(hours=3)


def open_in(session: Session, row: ReferralRow, kind: str, now: datetime) -> CallTaskRow:
    """The open call of a referral, made to tell this event too; a new one where there is none."""
    due = workdays.add(now, 1) if kind in _CAN_WAIT else workdays.add(now, 0)
    task = open_of_in(session, row.id)
    if task is not None:
        task.kind, task.due_at = kind, min(task.due_at, due)
        session.flush()
        return task
    task = CallTaskRow(
        id=uuid.uuid4().hex,
        referral_id=row.id,
        case_id=str(row.case_id),
        kind=kind,
        state=TO_DO,
        attempts=0,
        created_at=now,
        due_at=due,
        closed_at=None,
    )
    session.add(task)
    session.flush()
    return task


def open_of_in(session: Session, referral_id: str) -> CallTaskRow | None:
    """The call of a referral that is still to be made."""
    query = select(CallTaskRow).where(CallTaskRow.referral_id == referral_id, CallTaskRow.state == TO_DO)
    return session.scalars(query.with_for_update()).one_or_none()


def overtake_in(session: Session, referral_id: str, now: datetime) -> None:
    """The person knows by themselves: the call is no longer owed."""
    session.execute(
        update(CallTaskRow)
        .where(CallTaskRow.referral_id == referral_id, CallTaskRow.state == TO_DO)
        .values(state=OVERTAKEN, closed_at=now)
    )


def attempt_in(
    session: Session, task: CallTaskRow, actor: str, outcome: str, may_leave_message: bool, now: datetime
) -> None:
    """Write down an attempt. Speaking closes the call; so does a message, where the person allowed one.

    :raises ValueError: unknown outcome, a message nobody allowed, or the call is not open; in Italian.
    """
    if task.state != TO_DO:
        raise ValueError("Questa telefonata è già chiusa.")
    if outcome not in OUTCOMES:
        raise ValueError("Scelga com'è andata.")
    if outcome == MESSAGE_LEFT and not may_leave_message:
        raise ValueError("La persona non vuole messaggi in segreteria.")
    session.add(CallAttemptRow(id=uuid.uuid4().hex, task_id=task.id, at=now, actor=actor, outcome=outcome))
    task.attempts += 1
    if outcome in (SPOKE, MESSAGE_LEFT):
        task.state, task.closed_at = DONE, now
    elif outcome == WRONG_NUMBER or task.attempts >= MOST_ATTEMPTS:
        task.state, task.closed_at = NOT_REACHED, now
    else:
        task.due_at = workdays.add(now + _AGAIN_AFTER, 0)
    session.flush()
