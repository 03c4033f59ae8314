"""Which colleagues are there. A page that is open gives a sign of life; a page that is gone stops."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from accounts import people
from accounts.models import AccountRow
from cases.db import affected
from cases.keys import Keyring
from hotline.models import HandlingRow, PresenceRow

#: Signs of life are written at most this often.
SIGN_EVERY = dt.timedelta(seconds=20)
#: Without a sign for this long a colleague no longer counts as there.
THERE_FOR = dt.timedelta(seconds=75)
#: Without a sign for this long, what a colleague was doing may be taken over, and the assistant steps in again.
ABSENT_AFTER = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Colleague:
    """Somebody at the hotline. ``handling``: how many people they have in hand."""

    account_id: str
    name: str
    paused: bool
    handling: int


def sign_in(session: Session, account_id: str, now: dt.datetime) -> None:
    """The colleague's page is open."""
    row = session.get(PresenceRow, account_id)
    if row is None:
        session.add(PresenceRow(account_id=account_id, seen_at=now, paused=False))
    elif row.seen_at < now - SIGN_EVERY:
        row.seen_at = now


def pause_in(session: Session, account_id: str, paused: bool, now: dt.datetime) -> None:
    """The colleague takes a break, or comes back."""
    sign_in(session, account_id, now)
    session.flush()
    session.execute(update(PresenceRow).where(PresenceRow.account_id == account_id).values(paused=paused, seen_at=now))


def is_paused_in(session: Session, account_id: str) -> bool:
    """Whether the colleague is taking a break."""
    return bool(session.scalar(select(PresenceRow.paused).where(PresenceRow.account_id == account_id)))


def is_absent_in(session: Session, account_id: str, since: dt.datetime, now: dt.datetime) -> bool:
    """Whether the colleague who began something at ``since`` has been gone for long."""
    seen = session.scalar(select(PresenceRow.seen_at).where(PresenceRow.account_id == account_id))
    return max(seen or since, since) < now - ABSENT_AFTER


def there_in(session: Session, keyring: Keyring, now: dt.datetime) -> list[Colleague]:
    """The colleagues who are there, by name."""
    query = (
        select(PresenceRow.account_id, PresenceRow.paused)
        .where(PresenceRow.seen_at > now - THERE_FOR)
        .order_by(PresenceRow.account_id)
    )
    there = {row.account_id: row.paused for row in session.execute(query)}
    held = (
        select(HandlingRow.account_id, func.count())
        .where(HandlingRow.ended_at.is_(None), HandlingRow.account_id.in_(there))
        .group_by(HandlingRow.account_id)
    )
    load = {row[0]: row[1] for row in session.execute(held)}
    names = names_in(session, keyring, there)
    found = [Colleague(id_, names[id_], paused, load.get(id_, 0)) for id_, paused in there.items() if id_ in names]
    return sorted(found, key=lambda colleague: (colleague.name.casefold(), colleague.account_id))


def anybody_in(session: Session, now: dt.datetime) -> bool:
    """Whether somebody is there and not taking a break."""
    query = select(PresenceRow.account_id).where(PresenceRow.seen_at > now - THERE_FOR, PresenceRow.paused.is_(False))
    return session.scalar(query.limit(1)) is not None


def names_in(session: Session, keyring: Keyring, account_ids: Iterable[str]) -> dict[str, str]:
    """Names of colleagues by account id, in two queries; those erased are left out."""
    wanted = list(account_ids)
    if not wanted:
        return {}
    rows = session.scalars(select(AccountRow).where(AccountRow.id.in_(wanted)).order_by(AccountRow.id)).all()
    return {account.id: account.name for account in people.records_of(keyring, rows)}


def purge_in(session: Session, now: dt.datetime, dry_run: bool) -> int:
    """Forget who was there days ago."""
    old = PresenceRow.seen_at < now - dt.timedelta(days=7)
    if dry_run:
        return session.scalar(select(func.count()).select_from(PresenceRow).where(old)) or 0
    return affected(session, delete(PresenceRow).where(old))
