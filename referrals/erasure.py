"""What erasing, exporting and purging a case mean for its referrals."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from cases import erasure, export, retention
from cases.db import affected
from cases.keys import Keyring
from referrals import encrypted_parts, links, outbox, views
from referrals.models import AppointmentRow, IdempotencyRow, MailboxRow, OutboxRow, ReferralRow
from referrals.states import CANCELLABLE, OPEN, Actor, State
from referrals.writer import Writer

_IDEMPOTENCY_LIFE = timedelta(days=30)
_DELIVERED_LIFE = timedelta(days=90)
_ALIVE = timedelta(days=365)


def close_all_in(session: Session, keyring: Keyring, case_id: str, now: datetime) -> None:
    """Cancel a case's open referrals, telling the operators, and unlink all from the person.

    Rows remain as anonymous history: code, site, measure, states. The database removes the rest
    together with the case (ON DELETE CASCADE).
    """
    writer = Writer(keyring)
    query = select(ReferralRow).where(ReferralRow.case_id == case_id).with_for_update()
    for row in session.scalars(query.order_by(ReferralRow.id)).all():
        if row.state in CANCELLABLE:
            writer.move_in(session, row, State.ANNULLATA, Actor.PERSONA, now, "dati_cancellati")
        elif row.state in OPEN:
            writer.move_in(session, row, State.CONCLUSA, Actor.SISTEMA, now, "dati_cancellati")
        row.person_key = None
        row.sender_key = None
        row.pin_hash = ""
        session.execute(delete(IdempotencyRow).where(IdempotencyRow.referral_id == row.id))
    session.flush()


def export_in(session: Session, keyring: Keyring, case_id: str) -> list[dict[str, Any]]:
    """A case's referrals with everything they hold about the person."""
    query = select(ReferralRow).where(ReferralRow.case_id == case_id).order_by(ReferralRow.created_at, ReferralRow.id)
    return [
        {
            **views.referral_in(session, row).to_dict(),
            **encrypted_parts.all_in(session, keyring, row),
            "appointments": [
                {
                    "starts_at": a.starts_at.isoformat(),
                    "minutes": a.minutes,
                    "place": a.place,
                    "status": a.status,
                }
                for a in session.scalars(
                    select(AppointmentRow)
                    .where(AppointmentRow.referral_id == row.id)
                    .order_by(AppointmentRow.starts_at, AppointmentRow.id)
                )
            ],
        }
        for row in session.scalars(query)
    ]


def in_progress(session: Session, now: datetime) -> set[str]:
    """Cases that must not be purged: an operator is still working on a referral of theirs."""
    query = select(ReferralRow.case_id).where(
        ReferralRow.state.in_(OPEN),
        ReferralRow.case_id.is_not(None),
        ReferralRow.updated_at > now - _ALIVE,
    )
    return set(session.scalars(query))


def _purge_keys(session: Session, now: datetime, dry_run: bool) -> int:
    old = IdempotencyRow.created_at < now - _IDEMPOTENCY_LIFE
    return _purge(session, IdempotencyRow, old, dry_run)


def _purge_outbox(session: Session, now: datetime, dry_run: bool) -> int:
    ended = (outbox.DELIVERED, outbox.OVERTAKEN, outbox.DEAD)
    old = OutboxRow.state.in_(ended) & (OutboxRow.created_at < now - _DELIVERED_LIFE)
    return _purge(session, OutboxRow, old, dry_run)


def _purge_mailbox(session: Session, now: datetime, dry_run: bool) -> int:
    return _purge(session, MailboxRow, MailboxRow.received_at < now - _DELIVERED_LIFE, dry_run)


def _purge(session: Session, table: type, condition: Any, dry_run: bool) -> int:
    if dry_run:
        return session.scalar(select(func.count()).select_from(table).where(condition)) or 0
    return affected(session, delete(table).where(condition))


erasure.register(close_all_in)
export.register("referrals", export_in)
retention.protect(in_progress)
retention.register("idempotency_keys", _purge_keys)
retention.register("magic_links", links.purge_in)
retention.register("mailbox", _purge_mailbox)
retention.register("outbox", _purge_outbox)
