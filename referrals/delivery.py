"""Taking messages from the outbox, and writing down what became of them.

A worker takes a message under a lease: if it dies, the lease runs out and another takes over. The
mark "delivered" and the referral's move to ``inviata`` are one transaction, done only by the worker
that still holds the lease, so repeated deliveries have one effect. The receiver recognises a repeated
message by its id, the same at every attempt.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import DecryptionFailed
from cases.keys import Keyring
from referrals import failpoints, outbox, person_notices
from referrals.locks import lock_in
from referrals.models import OutboxRow, ReferralRow
from referrals.notices import OPERATOR_CANCELLED, OPERATOR_NEW
from referrals.states import Actor, State
from referrals.writer import Writer

LEASE = timedelta(minutes=5)
MAX_ATTEMPTS = 14
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=6)


@dataclass(frozen=True)
class Message:
    """A message taken for delivery. ``id`` is the same at every attempt."""

    id: str
    kind: str
    channel: str
    attempt: int
    created_at: datetime
    payload: dict[str, Any]


class Permanent(Exception):
    """Delivery can never succeed; ``code`` says why in a word that holds no personal datum."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Temporary(Exception):
    """Delivery failed for now; ``code`` as in :class:`Permanent`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def claim_in(session: Session, keyring: Keyring, worker: str, now: datetime, limit: int = 10) -> list[Message]:
    """Take up to ``limit`` due messages, those of dead workers included, in order of their time."""
    query = (
        select(OutboxRow)
        .where(OutboxRow.state.in_((outbox.WAITING, outbox.TAKEN)), OutboxRow.next_at <= now)
        .order_by(OutboxRow.next_at, OutboxRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(query))
    ciphers = keyring.ciphers({row.scope for row in rows})
    messages = []
    for row in rows:
        cipher = ciphers.get(row.scope)
        try:
            if cipher is None:
                raise DecryptionFailed(row.scope)
            payload = cipher.open("outbox", "payload", row.id, row.payload_sealed)
        except DecryptionFailed:
            # The case was erased a moment ago: nobody is to receive this any more.
            row.state = outbox.OVERTAKEN
            continue
        row.state = outbox.TAKEN
        row.lease_by = worker
        row.next_at = now + LEASE
        row.attempts += 1
        messages.append(Message(row.id, row.kind, row.channel, row.attempts, row.created_at, payload))
    session.flush()
    return messages


def delivered_in(session: Session, writer: Writer, message_id: str, worker: str, now: datetime) -> bool:
    """Mark a message delivered and move its referral to ``inviata``; False if the lease was lost."""
    row = _held_in(session, message_id, worker)
    if row is None:
        return False
    if row.kind == OPERATOR_NEW and row.referral_id:
        referral = session.get(ReferralRow, row.referral_id)
        if referral is not None and referral.state == State.APERTA:
            writer.move_in(session, referral, State.INVIATA, Actor.SISTEMA, now)
        elif referral is not None and referral.state == State.ANNULLATA:
            writer.notices.operator_in(session, referral, OPERATOR_CANCELLED, now)
    row.state = outbox.DELIVERED
    row.sent_at = now
    row.error = None
    person_notices.delivered_in(session, row.dedupe, now)
    session.flush()
    failpoints.hit("outbox.before_mark_commit")
    return True


def failed_in(
    session: Session,
    writer: Writer,
    message_id: str,
    worker: str,
    now: datetime,
    code: str,
    permanent: bool = False,
) -> bool:
    """Put a message back with a growing delay, or give it up; True if it is now a dead letter.

    What a person should have read and will not becomes a call that the hotline owes them.
    """
    row = _held_in(session, message_id, worker)
    if row is None:
        return False
    row.error = code[:64]
    row.lease_by = None
    if permanent or row.attempts >= MAX_ATTEMPTS:
        row.state = outbox.DEAD
        writer.notices.person.failed_in(session, row.dedupe, now)
    else:
        row.state = outbox.WAITING
        row.next_at = now + delay(row.attempts, row.id)
    session.flush()
    return row.state == outbox.DEAD


def delay(attempt: int, salt: str) -> timedelta:
    """Wait after the given attempt: doubling from 30 seconds to 6 hours, up to a fifth more by ``salt``."""
    base = min(_FIRST_DELAY * 2 ** min(attempt - 1, 20), _LONGEST_DELAY)
    return base * (1 + int(salt[:4], 16) / 0xFFFF / 5)


def _held_in(session: Session, message_id: str, worker: str) -> OutboxRow | None:
    referral_id = session.scalar(select(OutboxRow.referral_id).where(OutboxRow.id == message_id))
    if referral_id:
        lock_in(session, ReferralRow.id == referral_id)
    row = session.get(OutboxRow, message_id, with_for_update=True)
    held = row is not None and row.state == outbox.TAKEN and row.lease_by == worker
    return row if held else None
