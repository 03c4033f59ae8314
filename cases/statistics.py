"""Anonymous counts that survive every erasure.

A count carries month, event, measure, provincia and outcome: no id, no finer date. Readers get
small cells merged away, because "one person in Sondrio" may be someone.
"""

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Session

from cases.models import StatisticRow

SMALLEST_SHOWN = 5

Key = tuple[str, str, str, str, str]
_COLUMNS = ("month", "event", "measure", "provincia", "outcome")
_WAITING = "statistics waiting to be written"


def count_in(
    session: Session,
    at: datetime,
    event: str,
    measure: str = "",
    provincia: str = "",
    outcome: str = "",
) -> None:
    """Add one to a count, in the caller's transaction.

    Counts are written just before the commit, in order: many transactions share a row, which must
    be locked for as short a time as possible and never in a circle.
    """
    waiting: Counter[Key] = session.info.setdefault(_WAITING, Counter())
    waiting[(at.strftime("%Y-%m"), event, measure, provincia, outcome)] += 1


@listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    waiting: Counter[Key] | None = session.info.pop(_WAITING, None)
    if not waiting:
        return
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    for key, count in sorted(waiting.items()):
        row = dict(zip(_COLUMNS, key, strict=True))
        session.execute(
            dialect(StatisticRow)
            .values(**row, count=count)
            .on_conflict_do_update(index_elements=list(_COLUMNS), set_={"count": StatisticRow.count + count})
        )


@listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _transaction: object) -> None:
    session.info.pop(_WAITING, None)


def read(session: Session, smallest: int = SMALLEST_SHOWN) -> list[dict[str, Any]]:
    """Counts in order; a count below ``smallest`` is given as None ("fewer than")."""
    query = select(StatisticRow).order_by(
        StatisticRow.month,
        StatisticRow.event,
        StatisticRow.measure,
        StatisticRow.provincia,
        StatisticRow.outcome,
    )
    return [
        {
            "month": row.month,
            "event": row.event,
            "measure": row.measure,
            "provincia": row.provincia,
            "outcome": row.outcome,
            "count": row.count if row.count >= smallest else None,
        }
        for row in session.scalars(query)
    ]
