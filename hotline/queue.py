"""The queue of conversations that asked for a person."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Integer, cast, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from cases.models import CaseRow
from hotline.models import HandlingRow, QueueRow

PAGE = 25


@dataclass(frozen=True)
class Waiting:
    """A conversation in the queue. ``last_sign``: when something was last written or noted in it."""

    case_id: str
    requested_at: dt.datetime
    urgent: bool
    passed_on: bool
    role: str
    turns: int
    last_sign: dt.datetime


@dataclass(frozen=True)
class InHand:
    """A conversation or call that a colleague has in hand."""

    case_id: str
    account_id: str
    channel: str
    started_at: dt.datetime


def ask_in(session: Session, case_id: str, at: dt.datetime, urgent: bool = False, passed_on: bool = False) -> None:
    """Put a case into the queue; asking again keeps the place, an emergency moves it up.

    A case that a colleague already has in hand does not queue.
    """
    taken = select(HandlingRow.id).where(HandlingRow.case_id == case_id, HandlingRow.ended_at.is_(None))
    if session.scalar(taken) is not None:
        return
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    new = dialect(QueueRow).values(case_id=case_id, requested_at=at, urgent=urgent, passed_on=passed_on)
    worse = or_(QueueRow.urgent, new.excluded.urgent)
    session.execute(new.on_conflict_do_update(index_elements=["case_id"], set_={"urgent": worse}))


def leave_in(session: Session, case_id: str) -> QueueRow | None:
    """Take a case out of the queue; its row, or None if it did not wait."""
    row = session.get(QueueRow, case_id)
    session.execute(delete(QueueRow).where(QueueRow.case_id == case_id))
    return row


def page_in(session: Session, offset: int = 0, limit: int = PAGE) -> tuple[list[Waiting], int]:
    """A page of the queue, emergencies first, then who has waited longest; and how many wait in all."""
    query = (
        select(QueueRow, CaseRow.role, CaseRow.turn_count, CaseRow.updated_at)
        .join(CaseRow, CaseRow.id == QueueRow.case_id)
        .order_by(QueueRow.urgent.desc(), QueueRow.requested_at, QueueRow.case_id)
        .offset(offset)
        .limit(limit)
    )
    found = [
        Waiting(row.case_id, row.requested_at, row.urgent, row.passed_on, role, turns, updated)
        for row, role, turns, updated in session.execute(query)
    ]
    return found, count_in(session)


def count_in(session: Session) -> int:
    """How many wait."""
    return session.scalar(select(func.count()).select_from(QueueRow)) or 0


def position_in(session: Session, case_id: str) -> int | None:
    """How many are served before this case; None when it does not wait."""
    row = session.get(QueueRow, case_id)
    if row is None:
        return None
    same = QueueRow.urgent.is_(row.urgent)
    before = (QueueRow.requested_at < row.requested_at) & same
    if not row.urgent:
        before = before | QueueRow.urgent.is_(True)
    return session.scalar(select(func.count()).select_from(QueueRow).where(before)) or 0


def in_hand_in(session: Session, account_id: str | None = None, limit: int = 50) -> list[InHand]:
    """What colleagues (or one of them) have in hand, oldest first."""
    query = (
        select(HandlingRow)
        .where(HandlingRow.ended_at.is_(None))
        .order_by(HandlingRow.started_at, HandlingRow.id)
        .limit(limit)
    )
    if account_id:
        query = query.where(HandlingRow.account_id == account_id)
    return [InHand(row.case_id, row.account_id, row.channel, row.started_at) for row in session.scalars(query)]


def signature_in(session: Session) -> str:
    """A value that changes whenever the queue or what is in hand does."""
    waiting = session.execute(
        select(func.count(), func.max(QueueRow.requested_at), func.sum(cast(QueueRow.urgent, Integer)))
    ).one()
    held = session.execute(
        select(func.count(), func.max(HandlingRow.started_at)).where(HandlingRow.ended_at.is_(None))
    ).one()
    return "-".join(str(value) for value in (*waiting, *held))
