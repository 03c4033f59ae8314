"""Requests for a patient's consent that a link carries: the one table, and its states."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from cases.db import Base
from cases.models import HASH, ID


class Asked(StrEnum):
    """Where a request for consent stands. A confirmed one is gone: there is a referral instead."""

    IN_ATTESA = "in_attesa"
    RIFIUTATA = "rifiutata"
    SCADUTA = "scaduta"
    RITIRATA = "ritirata"


class ConsentRequestRow(Base):
    """What a doctor prepared and the patient has not agreed to yet; no operator knows of it.

    Who and what is sealed under the case's key. Once it has ended the case is erased, and the row only tells the
    sender how it ended.
    """

    __tablename__ = "consent_request"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(str(s)) for s in Asked)})", name="state"),
        CheckConstraint("case_id IS NOT NULL OR state <> 'in_attesa'", name="orphan_ended"),
        Index("ix_consent_request_sender", "sender_key", "created_at", "id"),
        Index("ix_consent_request_due", "state", "expires_at"),
        Index("ix_consent_request_case", "case_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case_record.id", ondelete="SET NULL"))
    # Keyed hash of the sender's address, as in the referral.
    sender_key: Mapped[str] = mapped_column(HASH)
    state: Mapped[str] = mapped_column(String(16))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
