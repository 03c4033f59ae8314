"""Reading the journal: who did what, page by page, newest first."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts import people
from accounts.models import AccountRow
from cases.keys import Keyring
from cases.models import JournalRow


@dataclass(frozen=True)
class Entry:
    """A row of the journal; ``who`` is the name of the account that acted, or the actor as written."""

    id: int
    at: datetime
    actor: str
    who: str
    subject: str
    event: str
    state: str | None
    reason: str | None
    detail: str


def page_in(
    session: Session,
    keyring: Keyring,
    limit: int = 50,
    before: int | None = None,
    subject: str = "",
    event: str = "",
) -> list[Entry]:
    """Up to ``limit`` rows older than the row ``before``, of one subject or one kind of event if given."""
    query = select(JournalRow).order_by(JournalRow.id.desc()).limit(limit)
    if before is not None:
        query = query.where(JournalRow.id < before)
    if subject:
        query = query.where(JournalRow.subject == subject)
    if event:
        query = query.where(JournalRow.event == event)
    rows = session.scalars(query).all()
    names = _names_in(session, keyring, {row.actor for row in rows})
    return [
        Entry(
            row.id,
            row.at,
            row.actor,
            names.get(row.actor.rpartition(":")[2], row.actor),
            row.subject,
            row.event,
            row.state,
            row.reason,
            "" if row.detail == "{}" else row.detail,
        )
        for row in rows
    ]


def _names_in(session: Session, keyring: Keyring, actors: set[str]) -> dict[str, str]:
    ids = {actor.rpartition(":")[2] for actor in actors if ":" in actor}
    rows = session.scalars(select(AccountRow).where(AccountRow.id.in_(ids))).all() if ids else []
    return {record.id: record.name for record in people.records_of(keyring, rows)}
