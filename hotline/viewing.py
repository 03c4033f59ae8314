"""Every view of a case is journalled; a colleague finds the cases they saw last."""

import datetime as dt

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cases import journal
from cases.db import affected
from cases.keys import Keyring
from hotline.models import ViewRow

PAGE = 20
#: A page that stays open and refreshes itself is one view for this long.
ONE_VIEW = dt.timedelta(minutes=30)


def saw_in(
    session: Session, keyring: Keyring, case_id: str, account_id: str, actor: str, now: dt.datetime, where: str
) -> None:
    """Somebody opened a case. ``where``: the kind of page (``caso``, ``aggiornamento``, ``richiesta``)."""
    session.merge(ViewRow(account_id=account_id, case_id=case_id, seen_at=now))
    journal.append_in(
        session, keyring, at=now, actor=actor, subject=case_id, event="caso_visto", detail={"pagina": where}
    )


def is_covered_in(session: Session, case_id: str, account_id: str, now: dt.datetime) -> bool:
    """Whether a view of this page was journalled lately, so that its refreshes need not be."""
    seen = session.scalar(select(ViewRow.seen_at).where(ViewRow.account_id == account_id, ViewRow.case_id == case_id))
    return seen is not None and seen > now - ONE_VIEW


def recent_in(
    session: Session, account_id: str, offset: int = 0, limit: int = PAGE
) -> tuple[list[tuple[str, dt.datetime]], int]:
    """Cases a colleague saw, the last one first, each with when; and how many there are."""
    mine = ViewRow.account_id == account_id
    query = (
        select(ViewRow.case_id, ViewRow.seen_at)
        .where(mine)
        .order_by(ViewRow.seen_at.desc(), ViewRow.case_id)
        .offset(offset)
        .limit(limit)
    )
    count = session.scalar(select(func.count()).select_from(ViewRow).where(mine)) or 0
    return [(row.case_id, row.seen_at) for row in session.execute(query)], count


def purge_in(session: Session, now: dt.datetime, dry_run: bool) -> int:
    """Forget lists of recent cases after ninety days; the journal stays."""
    old = ViewRow.seen_at < now - dt.timedelta(days=90)
    if dry_run:
        return session.scalar(select(func.count()).select_from(ViewRow).where(old)) or 0
    return affected(session, delete(ViewRow).where(old))
