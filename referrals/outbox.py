"""The outbox: messages written in the transaction that causes them, delivered by the worker."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from cases.db import affected
from cases.keys import Keyring
from referrals.models import OutboxRow

#: Key scope of messages that concern no case (and of the operators' secrets).
SYSTEM = "sistema"

WAITING, TAKEN, DELIVERED, OVERTAKEN, DEAD = "in_attesa", "in_corso", "consegnato", "superato", "fallito"


def enqueue_in(
    session: Session,
    keyring: Keyring,
    *,
    dedupe: str,
    kind: str,
    channel: str,
    payload: dict[str, Any],
    now: datetime,
    case_id: str | None = None,
    referral_id: str | None = None,
    not_before: datetime | None = None,
) -> str | None:
    """Write a message to deliver, in the caller's transaction; its id, or None if already there.

    ``dedupe`` makes the cause: the same cause never writes two messages. ``payload`` for an e-mail:
    ``{"to", "subject", "text"}``; for a text message ``{"to", "text"}``; for a webhook: ``{"operator_id", "event"}``.
    """
    row_id = uuid.uuid4().hex
    scope = case_id or SYSTEM
    if case_id is None:
        keyring.create(SYSTEM)
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    statement = (
        dialect(OutboxRow)
        .values(
            id=row_id,
            dedupe=dedupe,
            case_id=case_id,
            referral_id=referral_id,
            scope=scope,
            kind=kind,
            channel=channel,
            payload_sealed=keyring.cipher(scope).seal("outbox", "payload", row_id, payload),
            state=WAITING,
            attempts=0,
            next_at=max(now, not_before or now),
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["dedupe"])
        .returning(OutboxRow.id)
    )
    return session.execute(statement).scalar_one_or_none()


def overtake_in(session: Session, referral_id: str, *kinds: str) -> int:
    """Drop messages of a referral that events have made pointless and nobody has delivered yet."""
    query = update(OutboxRow).where(OutboxRow.referral_id == referral_id, OutboxRow.state.in_((WAITING, DEAD)))
    if kinds:
        query = query.where(OutboxRow.kind.in_(kinds))
    return affected(session, query.values(state=OVERTAKEN))


def tried_in(session: Session, referral_id: str, kind: str) -> bool:
    """Whether delivery of such a message of this referral was ever attempted."""
    query = select(OutboxRow.id).where(
        OutboxRow.referral_id == referral_id, OutboxRow.kind == kind, OutboxRow.attempts > 0
    )
    return session.scalar(query.limit(1)) is not None


def replay_in(session: Session, outbox_id: str, now: datetime) -> bool:
    """Give a dead letter another round of attempts; False if it is not dead."""
    done = affected(
        session,
        update(OutboxRow)
        .where(OutboxRow.id == outbox_id, OutboxRow.state == DEAD)
        .values(state=WAITING, attempts=0, next_at=now, lease_by=None, error=None),
    )
    return bool(done)


def dead_letters(session: Session, limit: int = 100) -> list[dict[str, Any]]:
    """Messages given up on, oldest first: id, kind, channel, attempts, error; no content."""
    query = (select(OutboxRow).where(OutboxRow.state == DEAD).order_by(OutboxRow.created_at, OutboxRow.id)).limit(limit)
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "channel": row.channel,
            "attempts": row.attempts,
            "error": row.error,
            "created_at": row.created_at,
            "referral_id": row.referral_id,
        }
        for row in session.scalars(query)
    ]
