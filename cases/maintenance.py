"""When a piece of housekeeping last ended well: commands note it here, the worker shows it, an alert reads it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from cases.db import Base, SessionFactory, make_engine, make_session_factory, writing

DATABASE_COPIED, KEYS_COPIED, COPY_TRIED = "backup_database", "backup_keys", "backup_verified"
WATCHED = (DATABASE_COPIED, KEYS_COPIED, COPY_TRIED)


class MaintenanceRow(Base):
    """One kind of housekeeping."""

    __tablename__ = "maintenance"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    done_at: Mapped[datetime]


def note(database_url: str, names: Iterable[str], now: datetime) -> None:
    """Write down that this housekeeping ended well now."""
    engine = make_engine(database_url)
    with writing(make_session_factory(engine)) as session:
        for name in names:
            session.merge(MaintenanceRow(name=name, done_at=now))
    engine.dispose()


def last(factory: SessionFactory) -> dict[str, datetime]:
    """When each kind last ended well; those that never did are absent."""
    with factory() as session:
        return {row.name: row.done_at for row in session.scalars(select(MaintenanceRow))}
