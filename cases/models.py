"""Tables of the case record. Columns named ``*_sealed`` hold AES-256-GCM under the case's own key.

Nothing here is readable by itself: ids are random, the rest that is in clear (role, mode, dates,
consent purposes) says nothing about who the person is or how they are.
"""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from cases.db import Base

ID = String(32)
HASH = String(64)
# SQLite numbers rows by itself only in a column called INTEGER.
COUNTER = BigInteger().with_variant(Integer, "sqlite")


class CaseRow(Base):
    """One conversation with one person."""

    __tablename__ = "case_record"
    __table_args__ = (
        CheckConstraint("role IN ('cittadino', 'medico', 'sportello')", name="role"),
        CheckConstraint("mode IN ('bot', 'person')", name="mode"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    mode: Mapped[str] = mapped_column(String(8))
    facts_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    dialogue_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    version: Mapped[int] = mapped_column(Integer)
    turn_count: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(index=True)


class TokenRow(Base):
    """A browser's or client's way back to its case; only the hash of the token is kept."""

    __tablename__ = "case_token"

    token_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    __table_args__ = (Index("ix_case_token_case_id", "case_id"),)


class ConsentRow(Base):
    """A consent as given: the text shown is sealed, its keyed hash is not."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("purpose IN ('salute', 'invio')", name="purpose"),
        Index("ix_consent_case_id", "case_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(64))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    text_hash: Mapped[str] = mapped_column(HASH)
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class TurnRow(Base):
    """One thing said, by the person, the bot or an operator."""

    __tablename__ = "turn"
    __table_args__ = (
        UniqueConstraint("case_id", "seq"),
        UniqueConstraint("case_id", "key_hash"),
        CheckConstraint("author IN ('persona', 'bot', 'operatore')", name="author"),
        CheckConstraint("status IN ('done', 'pending', 'failed')", name="status"),
        Index(
            "ix_turn_pending",
            "case_id",
            "seq",
            postgresql_where=text("status = 'pending'"),
            sqlite_where=text("status = 'pending'"),
        ),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    author: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(8))
    key_hash: Mapped[str | None] = mapped_column(HASH)
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class AssessmentRow(Base):
    """An assessment as it was shown, with the ruleset that produced it."""

    __tablename__ = "assessment"
    __table_args__ = (Index("ix_assessment_case_id", "case_id", "created_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    ruleset: Mapped[str] = mapped_column(String(64))
    on_date: Mapped[date] = mapped_column(Date)
    result_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class JournalRow(Base):
    """What happened, for ever: no personal datum, never updated, never deleted (triggers)."""

    __tablename__ = "journal"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        # What a referral's current state must point to (referrals/models.py).
        UniqueConstraint("id", "subject", "state", name="uq_journal_state"),
        CheckConstraint(
            "state IS NULL OR state NOT IN ('rifiutata', 'scaduta') OR reason IS NOT NULL",
            name="reason_of_end",
        ),
        CheckConstraint(
            "state IS NULL OR state <> 'annullata' OR actor = 'persona' OR reason IS NOT NULL",
            name="reason_of_cancellation",
        ),
        Index("ix_journal_subject", "subject", "id"),
    )

    id: Mapped[int] = mapped_column(COUNTER, primary_key=True, autoincrement=True)
    chain: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(96))
    subject: Mapped[str] = mapped_column(String(64))
    event: Mapped[str] = mapped_column(String(48))
    state: Mapped[str | None] = mapped_column(String(24))
    reason: Mapped[str | None] = mapped_column(String(48))
    detail: Mapped[str] = mapped_column(String(2000))
    hash: Mapped[str] = mapped_column(HASH)


class JournalHeadRow(Base):
    """Last row of each chain: the lock that orders writers, and a guard against a cut tail."""

    __tablename__ = "journal_head"

    chain: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(HASH)


class StatisticRow(Base):
    """Counts by month. No id, no date finer than a month: they outlive every erasure."""

    __tablename__ = "statistic"

    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    event: Mapped[str] = mapped_column(String(32), primary_key=True)
    measure: Mapped[str] = mapped_column(String(48), primary_key=True, default="")
    provincia: Mapped[str] = mapped_column(String(2), primary_key=True, default="")
    outcome: Mapped[str] = mapped_column(String(48), primary_key=True, default="")
    count: Mapped[int] = mapped_column(Integer)


class OriginRow(Base):
    """The network a conversation was begun from, as a keyed hash (``cases/origins.py``)."""

    __tablename__ = "case_origin"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"), primary_key=True)
    network: Mapped[str] = mapped_column(HASH)
    created_at: Mapped[datetime] = mapped_column(index=True)


class BudgetRow(Base):
    """What was used of a budget in one window (``cases/budgets.py``). ``key``: keyed hash of whose it is, and when."""

    __tablename__ = "budget_use"

    key: Mapped[str] = mapped_column(HASH, primary_key=True)
    name: Mapped[str] = mapped_column(String(32))
    used: Mapped[int] = mapped_column(Integer)
    most: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class FailureRow(Base):
    """Failed attempts by keyed hash of what was tried (``cases/lockout.py``)."""

    __tablename__ = "access_failure"
    __table_args__ = (
        Index("ix_access_failure_last_at", "last_at"),
        CheckConstraint(text("count > 0"), name="count"),
    )

    key: Mapped[str] = mapped_column(HASH, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
