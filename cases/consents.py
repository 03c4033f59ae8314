"""Consents: one per purpose, with the text shown, its version and a keyed hash of the text."""

import hashlib
import hmac
import uuid
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from cases import journal
from cases.crypto import Cipher
from cases.db import affected
from cases.keys import Keyring
from cases.models import ConsentRow
from cases.record import Consent

PURPOSES = ("salute", "invio")

_CONSENT = cast(Table, ConsentRow.__table__)
_OF_CASE = (
    select(_CONSENT)
    .where(_CONSENT.c.case_id == bindparam("of_case"))
    .order_by(_CONSENT.c.given_at, _CONSENT.c.withdrawn_at.is_(None), _CONSENT.c.id)
)


def grant_in(
    session: Session, keyring: Keyring, case_id: str, purpose: str, text: str, version: str, now: datetime
) -> str:
    """Record a consent in the caller's transaction; the same words again change nothing, others replace it.

    Returns the keyed hash of ``text``: with the text in hand it proves later what was shown, and
    without the key it reveals nothing. Raises ``ValueError`` for an unknown purpose.
    """
    if purpose not in PURPOSES:
        raise ValueError(f"unknown consent purpose {purpose!r}")
    digest = hmac.new(keyring.secret("consent"), text.encode(), hashlib.sha256).hexdigest()
    same = select(ConsentRow.id).where(
        ConsentRow.case_id == case_id,
        ConsentRow.purpose == purpose,
        ConsentRow.version == version,
        ConsentRow.text_hash == digest,
        ConsentRow.withdrawn_at.is_(None),
    )
    if session.scalar(same) is not None:
        return digest
    _end(session, case_id, purpose, now)
    row_id = uuid.uuid4().hex
    session.add(
        ConsentRow(
            id=row_id,
            case_id=case_id,
            purpose=purpose,
            version=version,
            text_sealed=keyring.cipher(case_id).seal("consent", "text", row_id, text),
            text_hash=digest,
            given_at=now,
        )
    )
    session.flush()
    journal.append_in(
        session,
        keyring,
        at=now,
        actor="persona",
        subject=case_id,
        event="consenso_dato",
        detail={"purpose": purpose, "version": version, "text_hash": digest},
    )
    return digest


def withdraw_in(session: Session, keyring: Keyring, case_id: str, purpose: str, now: datetime) -> bool:
    """End the consent to ``purpose``; False if none was in force."""
    if not _end(session, case_id, purpose, now):
        return False
    journal.append_in(
        session,
        keyring,
        at=now,
        actor="persona",
        subject=case_id,
        event="consenso_ritirato",
        detail={"purpose": purpose},
    )
    return True


def all_of(session: Session, cipher: Cipher, case_id: str) -> list[Consent]:
    """Every consent ever given in a case, oldest first."""
    return [
        Consent(
            purpose=row.purpose,
            version=row.version,
            text=cipher.open("consent", "text", row.id, row.text_sealed),
            text_hash=row.text_hash,
            given_at=row.given_at,
            withdrawn_at=row.withdrawn_at,
        )
        for row in session.execute(_OF_CASE, {"of_case": case_id})
    ]


def latest(consents: list[Consent]) -> dict[str, Consent]:
    """The newest consent of each purpose."""
    return {consent.purpose: consent for consent in consents}


def _end(session: Session, case_id: str, purpose: str, now: datetime) -> bool:
    done = affected(
        session,
        update(ConsentRow)
        .where(
            ConsentRow.case_id == case_id,
            ConsentRow.purpose == purpose,
            ConsentRow.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now),
    )
    return bool(done)
