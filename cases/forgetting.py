"""Conversations that others still have to forget: written in the transaction that erases a case, gone when all have.

The dialogue engine keeps a copy of what was said. Whoever erases a case may die before the engine was told, or the engine
may be away: the row stays until every engine has said that it forgot, and the worker tries again each minute.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from cases.db import Base, SessionFactory, writing
from cases.models import ID

# The gateway tells the engine itself, after the turn in hand: before that the engine would only write it down again.
GRACE = timedelta(seconds=30)


class ToForgetRow(Base):
    """One erased case whose conversation may still be remembered."""

    __tablename__ = "to_forget"

    case_id: Mapped[str] = mapped_column(ID, primary_key=True)
    since: Mapped[datetime]


def remember_in(session: Session, case_id: str, now: datetime) -> None:
    """Write down, in the transaction that erases, that the engines must forget too."""
    insert = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(insert(ToForgetRow).values(case_id=case_id, since=now).on_conflict_do_nothing())


def due(factory: SessionFactory, now: datetime, limit: int = 200) -> list[str]:
    """Cases erased a little while ago, the oldest first."""
    query = select(ToForgetRow.case_id).where(ToForgetRow.since <= now - GRACE).order_by(ToForgetRow.since).limit(limit)
    with factory() as session:
        return list(session.scalars(query))


def done(factory: SessionFactory, case_id: str) -> None:
    """Every engine forgot this one."""
    with writing(factory) as session:
        session.execute(delete(ToForgetRow).where(ToForgetRow.case_id == case_id))
