"""Tables of referrals. Whatever names or describes a person is sealed under the case's key."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from cases.db import Base
from cases.models import COUNTER, HASH, ID
from referrals import directory_models as _directory_models  # noqa: F401  (tables referenced below)
from referrals.states import CLOSED, OPEN, State


def _in(column: str, states: tuple[State, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(s)) for s in states)})"


#: Written out, not bound: an index of some rows serves only a query that names the same rows.
WAITING = text("state = 'inviata'")


class ReferralRow(Base):
    """One attempt with one site. The state always points at the journal row that set it."""

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint(_in("state", tuple(State)), name="state"),
        # Erasing a case must first close its referrals.
        CheckConstraint(f"case_id IS NOT NULL OR {_in('state', CLOSED)}", name="orphan_closed"),
        ForeignKeyConstraint(
            ["journal_id", "id", "state"],
            ["journal.id", "journal.subject", "journal.state"],
            name="fk_referral_journal",
        ),
        Index(
            "uq_referral_open_case",
            "case_id",
            "measure",
            unique=True,
            sqlite_where=text(_in("state", OPEN)),
            postgresql_where=text(_in("state", OPEN)),
        ),
        Index(
            "uq_referral_open_person",
            "person_key",
            "measure",
            unique=True,
            sqlite_where=text(_in("state", OPEN)),
            postgresql_where=text(_in("state", OPEN)),
        ),
        Index("ix_referral_inbox", "operator_id", "state", "created_at", "id"),
        Index("ix_referral_newest", "operator_id", "created_at", "id"),
        # What waits for an answer, the first to expire first.
        Index(
            "ix_referral_expiring", "operator_id", "expires_at", "id", sqlite_where=WAITING, postgresql_where=WAITING
        ),
        # Nearly all are first attempts: without them the index stays small and the planners use it.
        Index(
            "ix_referral_previous",
            "previous_id",
            sqlite_where=text("previous_id IS NOT NULL"),
            postgresql_where=text("previous_id IS NOT NULL"),
        ),
        Index("ix_referral_case", "case_id", "created_at"),
        Index("ix_referral_due", "state", "expires_at"),
        Index("ix_referral_remind", "state", "remind_at"),
        Index("ix_referral_follow_up", "state", "follow_up_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    code: Mapped[str] = mapped_column(String(20), unique=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case_record.id", ondelete="SET NULL"))
    person_key: Mapped[str | None] = mapped_column(HASH)
    operator_id: Mapped[str] = mapped_column(ForeignKey("operator.id"))
    site_id: Mapped[str] = mapped_column(ForeignKey("site.id"), index=True)
    measure: Mapped[str] = mapped_column(String(48))
    state: Mapped[str] = mapped_column(String(24))
    journal_id: Mapped[int] = mapped_column(COUNTER)
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    previous_id: Mapped[str | None] = mapped_column(ForeignKey("referral.id"))
    # Code of the first attempt: the PIN comes from it, so that the person keeps one PIN.
    pin_seed: Mapped[str] = mapped_column(String(20))
    pin_hash: Mapped[str] = mapped_column(HASH)
    pin_failures: Mapped[int] = mapped_column(Integer, default=0)
    pin_locked_until: Mapped[datetime | None]
    # The person asked that the operator see contact data only after taking charge.
    contact_after_taking: Mapped[bool] = mapped_column(default=False)
    # Keyed hash of the address of the doctor or desk that sent the person, for the daily digest.
    sender_key: Mapped[str | None] = mapped_column(HASH, index=True)
    ruleset: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]


class ReferralDataRow(Base):
    """A sealed part of a referral: ``contact``, ``preferences``, ``plan``, ``note:<journal id>``..."""

    __tablename__ = "referral_data"
    __table_args__ = (
        UniqueConstraint("referral_id", "kind"),
        Index("ix_referral_data_case", "case_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    referral_id: Mapped[str] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(48))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime]


class ReferralCountRow(Base):
    """How many referrals an operator has in a state, kept by triggers so that an inbox counts nothing.

    One row for each chain of the journal: whoever changes a referral already holds its chain, so nobody waits here.
    """

    __tablename__ = "referral_count"

    operator_id: Mapped[str] = mapped_column(ForeignKey("operator.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(24), primary_key=True)
    chain: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(Integer)


class AppointmentRow(Base):
    """A proposed or agreed meeting."""

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("status IN ('proposto', 'confermato', 'rifiutato', 'annullato')", name="status"),
        CheckConstraint("place IN ('sede', 'telefono', 'video')", name="place"),
        Index("ix_appointment_referral", "referral_id", "starts_at"),
        Index("ix_appointment_case", "case_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    referral_id: Mapped[str] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    minutes: Mapped[int] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]


class OutboxRow(Base):
    """A message to deliver, written in the transaction that caused it."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("channel IN ('email', 'sms', 'webhook')", name="channel"),
        CheckConstraint("state IN ('in_attesa', 'in_corso', 'consegnato', 'superato', 'fallito')", name="state"),
        Index("ix_outbox_due", "state", "next_at"),
        Index("ix_outbox_case", "case_id"),
        Index("ix_outbox_referral", "referral_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    dedupe: Mapped[str] = mapped_column(String(120), unique=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    referral_id: Mapped[str | None] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    # Key that sealed the payload: the case's, or the system's when there is no case.
    scope: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(48))
    channel: Mapped[str] = mapped_column(String(16))
    payload_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]
    lease_by: Mapped[str | None] = mapped_column(String(64))
    error: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class MailboxRow(Base):
    """A mail caught by the local mailbox. ``id`` is its Message-ID: a mail sent twice is one mail."""

    __tablename__ = "mailbox"
    __table_args__ = (Index("ix_mailbox_received", "received_at", "id"), Index("ix_mailbox_case", "case_id"))

    id: Mapped[str] = mapped_column(HASH, primary_key=True)
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    scope: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    copies: Mapped[int] = mapped_column(Integer, default=1)


class LinkRow(Base):
    """A magic link: one purpose, one expiry, only the hash of its secret."""

    __tablename__ = "magic_link"
    __table_args__ = (
        Index("ix_magic_link_case", "case_id"),
        Index("ix_magic_link_referral", "referral_id"),
        Index("ix_magic_link_expires", "expires_at"),
    )

    token_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(32))
    operator_id: Mapped[str | None] = mapped_column(ForeignKey("operator.id"))
    referral_id: Mapped[str | None] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    case_id: Mapped[str | None] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    uses_left: Mapped[int] = mapped_column(Integer)


class ContactConfirmationRow(Base):
    """An address given in a conversation, and whether whoever reads its mail confirmed it (``confirmations.py``)."""

    __tablename__ = "contact_confirmation"
    __table_args__ = (UniqueConstraint("case_id", "contact_key"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    contact_key: Mapped[str] = mapped_column(HASH)
    token_hash: Mapped[str | None] = mapped_column(HASH, unique=True)
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class HeldMailRow(Base):
    """A message that waits for its address to be confirmed; then it goes to the outbox."""

    __tablename__ = "held_mail"
    __table_args__ = (
        Index("ix_held_mail_confirmation", "confirmation_id"),
        Index("ix_held_mail_referral", "referral_id"),
        Index("ix_held_mail_case", "case_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    confirmation_id: Mapped[str] = mapped_column(ForeignKey("contact_confirmation.id", ondelete="CASCADE"))
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    referral_id: Mapped[str | None] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    dedupe: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(48))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(index=True)


class IdempotencyRow(Base):
    """A request already carried out: which referral it made, and a keyed hash of its content."""

    __tablename__ = "idempotency_key"

    key_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    fingerprint: Mapped[str] = mapped_column(HASH)
    referral_id: Mapped[str] = mapped_column(ID)
    created_at: Mapped[datetime] = mapped_column(index=True)


class TransitionRow(Base):
    """The permitted moves, for the trigger that refuses all others."""

    __tablename__ = "referral_transition"

    source: Mapped[str] = mapped_column(String(24), primary_key=True)
    target: Mapped[str] = mapped_column(String(24), primary_key=True)
