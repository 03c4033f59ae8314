"""Tables of what people are told about their referral, and of the calls that the hotline owes them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from cases.db import Base
from cases.models import COUNTER, ID

_OPEN = text("state = 'aperta'")
#: Ways to tell somebody. ``nessuno``: the person asked so. ``irraggiungibile``: no way works; the page says so.
EMAIL, SMS, CALL, NOBODY, UNREACHABLE = "email", "sms", "telefonata", "nessuno", "irraggiungibile"
#: Events of before this was kept: what became of them is not known.
BEFORE = "prima"
CHANNELS = (EMAIL, SMS, CALL, NOBODY, UNREACHABLE, BEFORE)
#: States of a call. ``superata``: overtaken by later events.
TO_DO, DONE, NOT_REACHED, OVERTAKEN = "aperta", "fatta", "non_raggiunta", "superata"
#: How an attempt went.
SPOKE, NO_ANSWER, MESSAGE_LEFT, WRONG_NUMBER = "parlato", "nessuna_risposta", "messaggio", "numero_sbagliato"
OUTCOMES = (SPOKE, MESSAGE_LEFT, NO_ANSWER, WRONG_NUMBER)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class CallTaskRow(Base):
    """A call that the hotline owes to a person: one open at most for each referral, it tells the newest event."""

    __tablename__ = "call_task"
    __table_args__ = (
        CheckConstraint(_one_of("state", (TO_DO, DONE, NOT_REACHED, OVERTAKEN)), name="state"),
        CheckConstraint("(state = 'aperta') = (closed_at IS NULL)", name="closed"),
        Index("uq_call_task_open", "referral_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_call_task_due", "state", "due_at"),
        Index("ix_call_task_case", "case_id"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    referral_id: Mapped[str] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    # The newest event to be told, as the e-mails name it.
    kind: Mapped[str] = mapped_column(String(48))
    state: Mapped[str] = mapped_column(String(16))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CallAttemptRow(Base):
    """One attempt at a call: who, when, how it went."""

    __tablename__ = "call_attempt"
    __table_args__ = (
        CheckConstraint(_one_of("outcome", OUTCOMES), name="outcome"),
        Index("ix_call_attempt_task", "task_id", "at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("call_task.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(96))
    outcome: Mapped[str] = mapped_column(String(24))


class PersonNoticeRow(Base):
    """An event that a person must know, and the way it is told: written in the transaction of the event.

    ``dedupe`` is also that of the message in the outbox (or held until its address is confirmed).
    """

    __tablename__ = "person_notice"
    __table_args__ = (
        CheckConstraint(_one_of("channel", CHANNELS), name="channel"),
        CheckConstraint("(channel = 'telefonata') = (task_id IS NOT NULL)", name="call"),
        Index("ix_person_notice_referral", "referral_id", "created_at"),
        Index("ix_person_notice_case", "case_id"),
        Index("ix_person_notice_journal", "journal_id"),
        Index("ix_person_notice_undelivered", "channel", "delivered_at"),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    dedupe: Mapped[str] = mapped_column(String(120), unique=True)
    referral_id: Mapped[str] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    case_id: Mapped[str] = mapped_column(ForeignKey("case_record.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(48))
    # The journal row of the event.
    journal_id: Mapped[int] = mapped_column(COUNTER)
    channel: Mapped[str] = mapped_column(String(16))
    # A message that could not be delivered was tried first this way.
    failed: Mapped[str | None] = mapped_column(String(16))
    task_id: Mapped[str | None] = mapped_column(ForeignKey("call_task.id", ondelete="CASCADE"))
    created_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
