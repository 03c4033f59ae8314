"""Budgets: how often a scarce thing may be had for one contact, one operator, one network, in one span of time.

Spending is a row in the database, written in the transaction of the act that it pays for: several processes share it, a
restart forgets nothing, and what is refused or rolled back costs nothing. Limits on mere requests are in
``web/security/limits.py``; these are for what runs out (places of the hotline) or reaches somebody (messages).
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from cases import retention
from cases.db import affected
from cases.keys import Keyring
from cases.models import BudgetRow

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Budget:
    """``most`` acts called ``name`` in each window, whose windows are laid end to end from midnight (UTC)."""

    name: str
    most: int
    window: timedelta = DAY


class BudgetSpent(Exception):
    """Nothing is left of a budget; ``name`` says of which, ``until`` when there will be something again."""

    def __init__(self, name: str, until: datetime) -> None:
        super().__init__(name)
        self.name = name
        self.until = until


def spend_in(session: Session, keyring: Keyring, budget: Budget, who: str, now: datetime) -> None:
    """Pay for one act in the caller's transaction.

    :param who: contact, operator or network; only its keyed hash is kept, another one in each window.
    :raises BudgetSpent: nothing is left; the caller's transaction must not go on.
    """
    until = _end_of_window(budget, now)
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    key = _key(keyring, budget, who, until)
    statement = dialect(BudgetRow).values(key=key, name=budget.name, used=1, most=budget.most, expires_at=until)
    used = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"used": BudgetRow.used + 1, "most": budget.most}
        ).returning(BudgetRow.used)
    )
    if (used or 0) > budget.most:
        raise BudgetSpent(budget.name, until)


def left_in(session: Session, keyring: Keyring, budget: Budget, who: str, now: datetime) -> int:
    """How many acts are left in this window."""
    key = _key(keyring, budget, who, _end_of_window(budget, now))
    used = session.scalar(select(BudgetRow.used).where(BudgetRow.key == key)) or 0
    return max(budget.most - used, 0)


def spent_in(session: Session, now: datetime) -> dict[str, int]:
    """How many budgets of each name are used up at this moment, for the figures."""
    query = select(BudgetRow.name, func.count()).where(BudgetRow.expires_at > now, BudgetRow.used >= BudgetRow.most)
    return {name: count for name, count in session.execute(query.group_by(BudgetRow.name))}


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Remove what belongs to past windows (retention rule)."""
    old = BudgetRow.expires_at <= now
    if dry_run:
        return session.scalar(select(func.count()).select_from(BudgetRow).where(old)) or 0
    return affected(session, delete(BudgetRow).where(old))


def _end_of_window(budget: Budget, now: datetime) -> datetime:
    seconds = int(budget.window.total_seconds())
    return datetime.fromtimestamp((int(now.timestamp()) // seconds + 1) * seconds, UTC)


def _key(keyring: Keyring, budget: Budget, who: str, until: datetime) -> str:
    text = f"{budget.name}|{until.isoformat()}|{who}"
    return hmac.new(keyring.secret("budgets"), text.encode(), hashlib.sha256).hexdigest()


retention.register("budgets", purge_in)
