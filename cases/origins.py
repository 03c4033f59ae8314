"""From which network a conversation was begun, as a keyed hash: what the budgets of a network are counted by.

The key is outside the database, so the database alone does not say from where anybody wrote. It goes with the case, and
after a month at the latest, when the conversation can no longer be resumed.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cases import retention
from cases.db import affected
from cases.keys import Keyring
from cases.models import OriginRow

_LIFE = timedelta(days=31)


def note_in(session: Session, keyring: Keyring, case_id: str, network: str, now: datetime) -> None:
    """Remember the network (an address, or the first half of one) that a new case comes from."""
    hashed = hmac.new(keyring.secret("network"), network.encode(), hashlib.sha256).hexdigest()
    session.add(OriginRow(case_id=case_id, network=hashed, created_at=now))
    session.flush()


def network_in(session: Session, case_id: str) -> str | None:
    """Keyed hash of the network of a case; None when staff opened it, or when it is forgotten."""
    return session.scalar(select(OriginRow.network).where(OriginRow.case_id == case_id))


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Forget the networks of old conversations (retention rule)."""
    old = OriginRow.created_at <= now - _LIFE
    if dry_run:
        return session.scalar(select(func.count()).select_from(OriginRow).where(old)) or 0
    return affected(session, delete(OriginRow).where(old))


retention.register("case_origins", purge_in)
