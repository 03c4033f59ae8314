"""Anonymous counts that survive every erasure.

A count carries month, event, measure, provincia and outcome: no id, no finer date. Counts only grow, and
each counts a conversation (or a referral) once: what may be shown of them is for
:mod:`monitoring.suppression`, because "one person in Sondrio" may be someone.

| event | outcome | counted |
|---|---|---|
| ``caso_aperto`` | role | a conversation begins |
| ``domanda``, ``domanda_lasciata`` | fact or asking id | a question is put for the first time; the conversation moves on from it |
| ``non_capito`` | fact or asking id, or ``libero`` | a message was not understood while that was open, once each |
| ``non_capito_simile`` | intent | what such a message resembled most, once each |
| ``valutazione`` | verdict (measure, provincia of the person) | a verdict is told, once each |
| ``segnalazione`` | state (measure, provincia of the site) | a referral enters a state |
| ``presa_in_carico_tempo`` | class of ``WAITS`` | a referral is taken in charge |
| ``rifiuto`` | reason code | a referral is refused |
| ``esito`` | outcome, or ``non_indicato`` | a referral is concluded |
| ``sportello_*`` | see hotline | the hotline's own |
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.event import listens_for
from sqlalchemy.orm import Session

from cases.models import StatisticRow
from eligibility.places import LOMBARD_PROVINCES

#: Provincia of who lives elsewhere; an empty one: not known.
ELSEWHERE = "ZZ"
#: Working days from the notice to the taking in charge: class -> the last day in it (None: no limit).
WAITS: dict[str, int | None] = {"0_1": 1, "2_3": 3, "4_5": 5, "6_10": 10, "oltre_10": None}

Key = tuple[str, ...]
_COLUMNS = ("month", "event", "measure", "provincia", "outcome")
_WAITING = "statistics waiting to be written"

_STATISTIC = cast(Table, StatisticRow.__table__)
_SQLITE, _POSTGRESQL = sqlite_insert(_STATISTIC), pg_insert(_STATISTIC)
_COUNT_ON_SQLITE = _SQLITE.on_conflict_do_update(
    index_elements=list(_COLUMNS), set_={"count": _STATISTIC.c.count + _SQLITE.excluded.count}
)
_COUNT_ON_POSTGRESQL = _POSTGRESQL.on_conflict_do_update(
    index_elements=list(_COLUMNS), set_={"count": _STATISTIC.c.count + _POSTGRESQL.excluded.count}
)


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
    statement = _COUNT_ON_POSTGRESQL if session.get_bind().dialect.name == "postgresql" else _COUNT_ON_SQLITE
    rows = [dict(zip(_COLUMNS, key, strict=True), count=count) for key, count in sorted(waiting.items())]
    session.execute(statement, rows)


@listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _transaction: object) -> None:
    session.info.pop(_WAITING, None)


def place_of(facts: Mapping[str, Any]) -> str:
    """Provincia to count a person under: the code in Lombardy, ``ELSEWHERE``, or empty when not known."""
    provincia = facts.get("provincia")
    if not provincia:
        return ""
    return str(provincia) if provincia in LOMBARD_PROVINCES else ELSEWHERE


def wait_class(days: int) -> str:
    """The class of ``WAITS`` for so many working days."""
    return next(name for name, last in WAITS.items() if last is None or days <= last)


def by_month(session: Session) -> dict[str, dict[Key, int]]:
    """The exact counts: month -> (event, measure, provincia, outcome) -> count. Never to be shown as they are."""
    found: dict[str, dict[Key, int]] = {}
    for row in session.scalars(select(StatisticRow)):
        found.setdefault(row.month, {})[row.event, row.measure, row.provincia, row.outcome] = row.count
    return found
