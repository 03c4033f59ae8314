"""Waiting after failed attempts, longer each time.

An attempt is counted before it is checked and taken back when it succeeds, so that many at once cannot slip in together.
Counters are by keyed hash of what was tried, whether or not it exists: the answers tell nothing about who has an account.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from accounts.errors import Locked
from accounts.models import FailureRow
from accounts.rows import touched

#: Attempts before the first wait: for one address or second factor, and for a whole network (an office shares one).
FREE_ATTEMPTS = 5
FREE_ATTEMPTS_NETWORK = 30
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)


def count_in(session: Session, key: str, free: int, now: datetime) -> bool:
    """Count an attempt; True if it starts a wait. Raises ``Locked`` while one lasts (and does not count)."""
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    values = {"key": key, "count": 1, "last_at": now}
    fresh = session.scalar(
        dialect(FailureRow).values(**values).on_conflict_do_nothing(index_elements=["key"]).returning(FailureRow.key)
    )
    row = session.get_one(FailureRow, key, with_for_update=True, populate_existing=True)
    if row.locked_until is not None and row.locked_until > now:
        raise Locked(row.locked_until)
    if fresh is None:
        row.count = 1 if now - row.last_at >= FORGOTTEN_AFTER else row.count + 1
    row.last_at = now
    row.locked_until = now + wait_after(row.count, free) if row.count >= free else None
    session.flush()
    return row.locked_until is not None


def succeeded_in(session: Session, key: str) -> None:
    """Forget the failures: whoever it is has entered."""
    session.execute(delete(FailureRow).where(FailureRow.key == key))


def took_back_in(session: Session, key: str, free: int) -> None:
    """Uncount one attempt of a shared key, which others may still be failing at."""
    row = session.get(FailureRow, key, with_for_update=True)
    if row is None:
        return
    if row.count == 1:
        session.delete(row)
    else:
        row.count -= 1
        if row.count < free:
            row.locked_until = None
    session.flush()


def wait_after(count: int, free: int) -> timedelta:
    """The wait after so many failures: 30 seconds after ``free`` of them, doubling up to an hour."""
    return min(FIRST_WAIT * 2 ** min(max(count - free, 0), 20), LONGEST_WAIT)


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Remove counters nobody needs any more (retention rule)."""
    old = FailureRow.last_at < now - FORGOTTEN_AFTER
    if dry_run:
        return session.scalar(select(func.count()).select_from(FailureRow).where(old)) or 0
    return touched(session, delete(FailureRow).where(old))
