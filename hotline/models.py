"""Tables of the hotline. What names or describes a person is sealed under the key of their case."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, text, true
from sqlalchemy.orm import Mapped, mapped_column

from accounts import models as _accounts  # noqa: F401  (tables referenced below)
from cases.db import Base
from cases.models import HASH, ID
from hotline.outcomes import CODES
from referrals import models as _referrals  # noqa: F401

_OPEN = text("ended_at IS NULL")
_BOOKED = text("state = 'prenotato'")
_CODE_LIST = ", ".join(f"'{code}'" for code in CODES)


class QueueRow(Base):
    """A conversation that waits for a person."""

    __tablename__ = "hotline_queue"
    __table_args__ = (Index("ix_hotline_queue_order", "urgent", "requested_at", "case_id"),)

    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"), primary_key=True)
    requested_at: Mapped[datetime]
    urgent: Mapped[bool] = mapped_column(default=False)
    # A colleague began and passed it on: whoever takes it finds notes.
    passed_on: Mapped[bool] = mapped_column(default=False)


class HandlingRow(Base):
    """A colleague in charge of a case, from taking it to letting it go."""

    __tablename__ = "hotline_handling"
    __table_args__ = (
        # Two colleagues cannot hold the same case, whatever the code does.
        Index("uq_hotline_handling_open", "case_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_hotline_handling_account", "account_id", "ended_at"),
        Index("ix_hotline_handling_case", "case_id", "started_at"),
        CheckConstraint("channel IN ('chat', 'telefono')", name="channel"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="outcome_at_end"),
        CheckConstraint(f"outcome IS NULL OR outcome IN ({_CODE_LIST})", name="outcome"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    channel: Mapped[str] = mapped_column(String(8))
    requested_at: Mapped[datetime | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))


class PresenceRow(Base):
    """When a colleague's page last gave a sign of life."""

    __tablename__ = "hotline_presence"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)
    paused: Mapped[bool] = mapped_column(default=False)


class CallerRow(Base):
    """Name and telephone of the person, as told to the hotline or in the chat for a callback."""

    __tablename__ = "hotline_caller"

    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime]


class CallbackRow(Base):
    """A promise to call.

    ``place``: which of the slot's places it takes; ``confirmed``: staff made it, or an address was confirmed.
    """

    __tablename__ = "hotline_callback"
    __table_args__ = (
        Index(
            "uq_hotline_callback_place",
            "starts_at",
            "place",
            unique=True,
            sqlite_where=_BOOKED,
            postgresql_where=_BOOKED,
        ),
        Index("uq_hotline_callback_case", "case_id", unique=True, sqlite_where=_BOOKED, postgresql_where=_BOOKED),
        Index("ix_hotline_callback_due", "state", "starts_at", "id"),
        Index("ix_hotline_callback_of_case", "case_id", "created_at"),
        CheckConstraint("state IN ('prenotato', 'fatto', 'non_risponde', 'annullato')", name="state"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    starts_at: Mapped[datetime]
    place: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    confirmed: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class NoteRow(Base):
    """What a colleague wrote for the next one."""

    __tablename__ = "hotline_note"
    __table_args__ = (Index("ix_hotline_note_case", "case_id", "created_at"),)

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]


class ViewRow(Base):
    """Who last looked at which case: a colleague's recent cases (the journal keeps every view)."""

    __tablename__ = "hotline_view"
    __table_args__ = (Index("ix_hotline_view_recent", "account_id", "seen_at"),)

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"), primary_key=True)
    seen_at: Mapped[datetime]


class SearchRow(Base):
    """Blind index: a keyed hash of a telephone number or of a word of a name, and the case it leads to."""

    __tablename__ = "hotline_search"
    __table_args__ = (Index("ix_hotline_search_case_id", "case_id"),)

    token: Mapped[str] = mapped_column(HASH, primary_key=True)
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"), primary_key=True)


class IndexedRow(Base):
    """A referral's contact data that the blind index already knows, and their age."""

    __tablename__ = "hotline_indexed"

    data_id: Mapped[str] = mapped_column(ForeignKey("referral_data.id", ondelete="CASCADE"), primary_key=True)
    updated_at: Mapped[datetime]


class ClosureRow(Base):
    """A day on which the hotline is closed beyond weekends and holidays."""

    __tablename__ = "hotline_closure"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    reason: Mapped[str] = mapped_column(String(120))
