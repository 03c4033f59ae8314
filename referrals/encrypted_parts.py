"""The sealed parts of a referral: contact data, preferences, plan, notes."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.errors import CaseNotFound, KeyShredded
from cases.keys import Keyring
from referrals.models import ReferralDataRow, ReferralRow

CONTACT = "contact"
PREFERENCES = "preferences"
PLAN = "plan"
OUTCOME = "outcome"
FOLLOW_UP = "follow_up"
SENDER = "sender"


def note_kind(journal_id: int) -> str:
    """Kind of the free text that goes with a journal row."""
    return f"note:{journal_id}"


def write_in(session: Session, keyring: Keyring, row: ReferralRow, kind: str, value: Any, now: datetime) -> None:
    """Store (or replace) a part. Raises ``CaseNotFound`` once the case is erased."""
    if row.case_id is None:
        raise CaseNotFound("the person's data were erased")
    data = session.scalars(
        select(ReferralDataRow).where(ReferralDataRow.referral_id == row.id, ReferralDataRow.kind == kind)
    ).one_or_none()
    if data is None:
        data = ReferralDataRow(id=uuid.uuid4().hex, referral_id=row.id, case_id=row.case_id, kind=kind, sealed=b"")
        session.add(data)
    data.sealed = keyring.cipher(row.case_id).seal("referral_data", kind, data.id, value)
    data.updated_at = now
    session.flush()


def read_in(session: Session, keyring: Keyring, row: ReferralRow, kind: str) -> Any:
    """A part, None when there is none or the person's data were erased."""
    if row.case_id is None:
        return None
    return read_many_in(session, keyring, [row], kind).get(row.id)


def read_many_in(session: Session, keyring: Keyring, rows: list[ReferralRow], kind: str) -> dict[str, Any]:
    """The same part of many referrals, by referral id, in two queries."""
    query = select(ReferralDataRow).where(
        ReferralDataRow.referral_id.in_([r.id for r in rows]), ReferralDataRow.kind == kind
    )
    found = list(session.scalars(query))
    ciphers = keyring.ciphers({data.case_id for data in found})
    return {
        data.referral_id: ciphers[data.case_id].open("referral_data", kind, data.id, data.sealed)
        for data in found
        if data.case_id in ciphers
    }


def all_in(session: Session, keyring: Keyring, row: ReferralRow) -> dict[str, Any]:
    """Every part of a referral by kind (for the person's export)."""
    if row.case_id is None:
        return {}
    try:
        cipher = keyring.cipher(row.case_id)
    except KeyShredded:
        return {}
    query = select(ReferralDataRow).where(ReferralDataRow.referral_id == row.id).order_by(ReferralDataRow.kind)
    return {d.kind: cipher.open("referral_data", d.kind, d.id, d.sealed) for d in session.scalars(query)}
