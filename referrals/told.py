"""What a person was told about a referral, and how: read from the rows, never assumed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.models import JournalRow
from referrals import outbox, words
from referrals.models import HeldMailRow, OutboxRow, ReferralRow
from referrals.notice_models import (
    CALL,
    DONE,
    EMAIL,
    NOT_REACHED,
    OVERTAKEN,
    SMS,
    TO_DO,
    CallAttemptRow,
    CallTaskRow,
    PersonNoticeRow,
)
from referrals.states import Actor, State, kind_of
from settings.clock import ROME

#: The states that a person is told of, and the message of each (``words.yaml``).
EVENTS: dict[State, str] = {
    State.INVIATA: "persona_inviata",
    State.PRESA_IN_CARICO: "persona_presa_in_carico",
    State.RIFIUTATA: "persona_altro_operatore",
    State.SCADUTA: "persona_altro_operatore",
    State.APPUNTAMENTO_FISSATO: "persona_appuntamento",
    State.ANNULLATA: "persona_annullata",
    State.CONCLUSA: "persona_conclusa",
}
SENT, LEAVING, HELD, FAILED, LOST = "inviata", "in_partenza", "da_confermare", "non_riuscita", "nessuna"


def event_of(state: str, actor: str) -> str | None:
    """The message a person must get when ``actor`` moves a referral to ``state``; None where they did it themselves."""
    if kind_of(actor) == Actor.PERSONA and state != State.APPUNTAMENTO_FISSATO:
        return None
    return EVENTS.get(State(state))


@dataclass(frozen=True)
class Told:
    """One event and what became of telling it.

    :ivar kind: the message, as in ``words.yaml``.
    :ivar channel: ``referrals.notice_models``; the last one tried.
    :ivar status: of a message ``SENT``, ``LEAVING``, ``HELD``, ``FAILED`` or ``LOST``; of a call its state; else the channel.
    :ivar at: when it was told, or last tried; None while it was not.
    :ivar failed: a channel that was tried before and did not work.
    """

    kind: str
    channel: str
    status: str
    since: datetime
    at: datetime | None
    attempts: int
    due_at: datetime | None
    failed: str | None

    @property
    def is_told(self) -> bool:
        """Whether the person knows, as far as anybody can say."""
        return self.status in (SENT, DONE)

    @property
    def sentence(self) -> str:
        """What happened, in Italian, with its day and hour."""
        texts = words.load()["avvisi"]
        text = texts.get(f"{self.channel}_{self.status}") or texts[self.channel]
        before = texts["non_arrivata"].get(self.failed or "", "")
        said = text.format(at=_moment(self.at), due=_moment(self.due_at), attempts=self.attempts)
        return f"{before} {said}".strip()

    @property
    def event(self) -> str:
        """What there was to tell, in Italian."""
        return str(words.load()["eventi"][self.kind])


def of_referral_in(session: Session, referral_id: str) -> list[Told]:
    """Every event of a referral and how it was told, the newest last."""
    query = (
        select(PersonNoticeRow)
        .where(PersonNoticeRow.referral_id == referral_id)
        .order_by(PersonNoticeRow.created_at, PersonNoticeRow.journal_id, PersonNoticeRow.id)
    )
    return told_in(session, session.scalars(query).all())


def told_in(session: Session, notices: Iterable[PersonNoticeRow]) -> list[Told]:
    """The same for any notices, in four queries."""
    rows = list(notices)
    causes = [row.dedupe for row in rows]
    sent = {row.dedupe: row for row in session.scalars(select(OutboxRow).where(OutboxRow.dedupe.in_(causes)))}
    held = set(session.scalars(select(HeldMailRow.dedupe).where(HeldMailRow.dedupe.in_(causes))))
    ids = {row.task_id for row in rows if row.task_id}
    tasks = {task.id: task for task in session.scalars(select(CallTaskRow).where(CallTaskRow.id.in_(ids)))}
    last = select(CallAttemptRow.task_id, func.max(CallAttemptRow.at)).where(CallAttemptRow.task_id.in_(ids))
    tried: dict[str, datetime] = {
        task_id: at for task_id, at in session.execute(last.group_by(CallAttemptRow.task_id)) if at is not None
    }
    found = []
    for row in rows:
        if row.channel == CALL and row.task_id:
            task = tasks[row.task_id]
            found.append(
                Told(
                    row.kind,
                    CALL,
                    task.state if task.state != TO_DO or not task.attempts else "ritentare",
                    row.created_at,
                    tried.get(task.id) or task.closed_at,
                    task.attempts,
                    task.due_at if task.state == TO_DO else None,
                    row.failed,
                )
            )
            continue
        status, at = row.channel, None
        if row.channel in (EMAIL, SMS):
            status, at = _message(row, sent.get(row.dedupe), row.dedupe in held)
        found.append(Told(row.kind, row.channel, status, row.created_at, at, 0, None, row.failed))
    return found


def _message(row: PersonNoticeRow, message: OutboxRow | None, held: bool) -> tuple[str, datetime | None]:
    if row.delivered_at is not None:
        return SENT, row.delivered_at
    if message is not None:
        ways = {outbox.DEAD: FAILED, outbox.OVERTAKEN: OVERTAKEN}
        return ways.get(message.state, LEAVING), None
    return (HELD, None) if held else (LOST, None)


@dataclass(frozen=True)
class Untold:
    """A broken promise: an event of which nobody was told, and nobody has to call."""

    code: str
    kind: str
    problem: str


def violations(session: Session) -> list[Untold]:
    """Every event without a delivery, a message on its way or an open call; empty when the promise holds.

    Read from the journal, the referrals and the messages as they are: it does not trust the notices alone.
    """
    broken = []
    moves = (
        select(JournalRow.id, JournalRow.state, JournalRow.actor, ReferralRow.code)
        .join(ReferralRow, ReferralRow.id == JournalRow.subject)
        .outerjoin(PersonNoticeRow, PersonNoticeRow.journal_id == JournalRow.id)
        .where(
            ReferralRow.case_id.is_not(None),
            JournalRow.state.in_(list(EVENTS)),
            PersonNoticeRow.id.is_(None),
        )
        .order_by(JournalRow.id)
    )
    for _, state, actor, code in session.execute(moves):
        kind = event_of(str(state), actor)
        if kind is not None:
            broken.append(Untold(code, kind, "evento senza avviso"))
    query = (
        select(PersonNoticeRow, ReferralRow.code)
        .join(ReferralRow, ReferralRow.id == PersonNoticeRow.referral_id)
        .where(PersonNoticeRow.channel.in_((EMAIL, SMS)), PersonNoticeRow.delivered_at.is_(None))
        .order_by(PersonNoticeRow.created_at, PersonNoticeRow.journal_id, PersonNoticeRow.id)
    )
    waiting = session.execute(query).all()
    for told, (_, code) in zip(told_in(session, [row for row, _ in waiting]), waiting, strict=True):
        if told.status in (FAILED, LOST):
            broken.append(Untold(code, told.kind, f"messaggio {told.status}, nessuna telefonata"))
    return broken


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(ROME):%d/%m/%Y alle %H:%M}" if moment else ""


__all__ = ["EVENTS", "NOT_REACHED", "Told", "Untold", "event_of", "of_referral_in", "told_in", "violations"]
