"""What erasing, exporting and purging mean for requests for consent."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cases import erasure, export, retention
from cases.db import affected
from cases.errors import KeyShredded
from cases.keys import Keyring
from referrals.consent_models import Asked, ConsentRequestRow

#: How long a sender still reads how a request ended.
_ENDED_LIFE = timedelta(days=30)


def end_in(session: Session, keyring: Keyring, case_id: str, now: datetime) -> None:
    """End a waiting request of a case that is being erased; the sender only sees that it ended."""
    session.execute(
        update(ConsentRequestRow)
        .where(ConsentRequestRow.case_id == case_id, ConsentRequestRow.state == Asked.IN_ATTESA)
        .values(state=Asked.RITIRATA, ended_at=now, sealed=None)
    )


def export_in(session: Session, keyring: Keyring, case_id: str) -> list[dict[str, Any]]:
    """The request of a case with everything it holds about the person."""
    try:
        cipher = keyring.cipher(case_id)
    except KeyShredded:
        return []
    rows = session.scalars(select(ConsentRequestRow).where(ConsentRequestRow.case_id == case_id))
    return [
        {
            "state": row.state,
            "created_at": row.created_at.isoformat(),
            "expires_at": row.expires_at.isoformat(),
            **(cipher.open("consent_request", "sealed", row.id, row.sealed) if row.sealed else {}),
        }
        for row in rows
    ]


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Remove requests that ended a while ago (retention rule)."""
    old = ConsentRequestRow.ended_at < now - _ENDED_LIFE
    if dry_run:
        return session.scalar(select(func.count()).select_from(ConsentRequestRow).where(old)) or 0
    return affected(session, delete(ConsentRequestRow).where(old))


erasure.register(end_in)
export.register("consent_requests", export_in)
retention.register("consent_requests", purge_in)
