"""Waiting after failed attempts, longer each time: of a password, a code, a PIN.

An attempt is counted before it is checked and taken back when it succeeds, so that many at once cannot slip in together.
Counters are by keyed hash of what was tried, whether or not it exists: the answers tell nothing about who has an account.

Whoever tries is counted by the network they are on, together with what they try: a stranger who knows an address or a code
makes the stranger wait, not its owner. A browser that was let in before (:attr:`Whence.device`) is counted by itself, so
that not even many strangers on many networks, or on the owner's own, can lock its owner out.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from cases.db import affected
from cases.errors import Locked
from cases.models import FailureRow

KEPT = timedelta(days=31)


@dataclass(frozen=True)
class Whence:
    """Where an attempt comes from: a network, and the id of the browser if it was let in here before."""

    network: str = ""
    device: str | None = None

    def __str__(self) -> str:
        """What the attempt is counted by."""
        return f"device:{self.device}" if self.device else f"network:{self.network}"


@dataclass(frozen=True)
class Patience:
    """``free`` attempts, then a wait of ``first``, doubling up to ``longest``; forgotten after a while without any."""

    free: int
    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=1)
    forgotten: timedelta = timedelta(hours=24)

    def wait_after(self, count: int) -> timedelta:
        """The wait after so many failures."""
        return min(self.first * 2 ** min(max(count - self.free, 0), 20), self.longest)


def count_in(session: Session, key: str, patience: Patience, now: datetime) -> bool:
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
        row.count = 1 if now - row.last_at >= patience.forgotten else row.count + 1
    row.last_at = now
    row.locked_until = now + patience.wait_after(row.count) if row.count >= patience.free else None
    session.flush()
    return row.locked_until is not None


def succeeded_in(session: Session, key: str) -> int:
    """Forget the failures: whoever it is has entered. Returns how many attempts that were, the good one included."""
    return session.scalar(delete(FailureRow).where(FailureRow.key == key).returning(FailureRow.count)) or 0


def took_back_in(session: Session, key: str, patience: Patience, attempts: int = 1) -> None:
    """Uncount attempts of a shared key, which others may still be failing at."""
    row = session.get(FailureRow, key, with_for_update=True)
    if row is None:
        return
    if row.count <= attempts:
        session.delete(row)
    else:
        row.count -= attempts
        if row.count < patience.free:
            row.locked_until = None
    session.flush()


def locked_in(session: Session, now: datetime) -> int:
    """How many waits last at this moment, for the figures."""
    query = select(func.count()).select_from(FailureRow)
    return session.scalar(query.where(FailureRow.locked_until > now)) or 0


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Remove counters nobody needs any more (retention rule)."""
    old = FailureRow.last_at < now - KEPT
    if dry_run:
        return session.scalar(select(func.count()).select_from(FailureRow).where(old)) or 0
    return affected(session, delete(FailureRow).where(old))
