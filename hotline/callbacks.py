"""Callbacks: slots within office hours, each with a few places; one promise at a time for a case."""

import datetime as dt
import itertools
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases import journal, statistics
from cases.db import SessionFactory, writing
from cases.errors import CaseNotFound
from cases.keys import Keyring
from cases.models import CaseRow
from hotline import allowance
from hotline import caller as callers
from hotline.caller import Caller
from hotline.errors import ContactWrong, SlotTaken
from hotline.hours import Timetable
from hotline.models import CallbackRow, ClosureRow
from referrals.states import Actor

BOOKED, DONE, NO_ANSWER, CANCELLED = "prenotato", "fatto", "non_risponde", "annullato"
#: After so many calls without an answer the promise is kept as well as it can be.
MAX_ATTEMPTS = 3
PAGE = 25
_LOOK_AHEAD = 400  # slots: the next few weeks


@dataclass(frozen=True)
class Callback:
    """A promise to call."""

    id: str
    case_id: str
    starts_at: dt.datetime
    state: str
    attempts: int
    confirmed: bool = True


def closures_in(session: Session, since: dt.date) -> set[dt.date]:
    """Extraordinary closures from a day on."""
    return set(session.scalars(select(ClosureRow.day).where(ClosureRow.day >= since)))


def free_slots_in(session: Session, timetable: Timetable, now: dt.datetime, limit: int = 4) -> list[dt.datetime]:
    """The next slots that have a place left."""
    closures = closures_in(session, now.date() - dt.timedelta(days=1))
    coming = list(itertools.islice(timetable.slots(now, closures), _LOOK_AHEAD))
    if not coming:
        return []
    query = (
        select(CallbackRow.starts_at, func.count())
        .where(CallbackRow.state == BOOKED, CallbackRow.starts_at >= coming[0])
        .group_by(CallbackRow.starts_at)
    )
    taken = {row[0]: row[1] for row in session.execute(query)}
    free = (slot for slot in coming if taken.get(slot, 0) < timetable.places)
    return list(itertools.islice(free, limit))


def spread(slots: Collection[dt.datetime], count: int = 4) -> list[dt.datetime]:
    """A few of many slots that leave a choice: the first one, then others at least two hours apart."""
    chosen: list[dt.datetime] = []
    for slot in slots:
        if len(chosen) < count and (not chosen or slot - chosen[-1] >= dt.timedelta(hours=2)):
            chosen.append(slot)
    return chosen


class Callbacks:
    """Promises to call back. Every method is one transaction."""

    def __init__(self, session_factory: SessionFactory, keyring: Keyring, timetable: Timetable) -> None:
        self.session_factory = session_factory
        self.keyring = keyring
        self.timetable = timetable

    def is_open(self, now: dt.datetime) -> bool:
        """Whether the hotline answers at this instant."""
        with self.session_factory() as session:
            return self.timetable.is_open(now, closures_in(session, now.date() - dt.timedelta(days=1)))

    def opens_at(self, now: dt.datetime) -> dt.datetime | None:
        """When the hotline answers again."""
        with self.session_factory() as session:
            return self.timetable.opens_at(now, closures_in(session, now.date() - dt.timedelta(days=1)))

    def free_slots(self, now: dt.datetime, limit: int = 4) -> list[dt.datetime]:
        """The next slots that have a place left."""
        with self.session_factory() as session:
            return free_slots_in(session, self.timetable, now, limit)

    def offer(self, now: dt.datetime) -> list[dt.datetime]:
        """A few free slots, apart from each other, to choose from."""
        return spread(self.free_slots(now, 60))

    def book(self, case_id: str, starts_at: dt.datetime, caller: Caller, actor: str, now: dt.datetime) -> Callback:
        """Promise a call; an earlier promise of the same case is replaced, the same one again changes nothing.

        What a person books (``actor`` is ``persona``) is paid for as :mod:`hotline.allowance` says.
        Raises ``SlotTaken``, ``ContactWrong``, ``CaseNotFound``, ``BudgetSpent``.
        """
        for _ in range(self.timetable.places + 1):
            try:
                with writing(self.session_factory) as session:
                    return self.book_in(session, case_id, starts_at, caller, actor, now)
            except IntegrityError:
                continue  # somebody took the place we had seen free
        raise SlotTaken

    def book_in(
        self, session: Session, case_id: str, starts_at: dt.datetime, caller: Caller, actor: str, now: dt.datetime
    ) -> Callback:
        """As :meth:`book`, in the caller's transaction; an ``IntegrityError`` says that somebody took the place."""
        if session.get(CaseRow, case_id, with_for_update=True) is None:
            raise CaseNotFound(case_id)
        telephone = callers.note_in(session, self.keyring, case_id, caller, now).telefono
        if not telephone:
            raise ContactWrong("Serve il numero di telefono da chiamare.")
        before = session.scalars(
            select(CallbackRow).where(CallbackRow.case_id == case_id, CallbackRow.state == BOOKED)
        ).one_or_none()
        if before is not None and before.starts_at == starts_at:
            return _view(before)
        self._check_in(session, starts_at, now)
        confirmed = True
        if actor == Actor.PERSONA:
            wish = allowance.Wish(case_id, telephone, starts_at, before.starts_at if before else None)
            confirmed = allowance.spend_in(session, self.keyring, self.timetable, wish, now)
        if before is not None:
            before.state = CANCELLED
            before.updated_at = now
            session.flush()
        query = select(CallbackRow.place).where(CallbackRow.starts_at == starts_at, CallbackRow.state == BOOKED)
        places = set(session.scalars(query))
        place = next((n for n in range(self.timetable.places) if n not in places), None)
        if place is None:
            raise SlotTaken
        row = CallbackRow(
            id=uuid.uuid4().hex,
            case_id=case_id,
            starts_at=starts_at,
            place=place,
            state=BOOKED,
            attempts=0,
            confirmed=confirmed,
            created_at=now,
            updated_at=now,
        )
        session.add(row)
        session.flush()
        self._note(session, row, actor, now, "richiamo_fissato")
        return _view(row)

    def _check_in(self, session: Session, starts_at: dt.datetime, now: dt.datetime) -> None:
        closures = closures_in(session, now.date() - dt.timedelta(days=1))
        for slot in itertools.islice(self.timetable.slots(now, closures), _LOOK_AHEAD):
            if slot == starts_at:
                return
            if slot > starts_at:
                break
        raise SlotTaken

    def cancel(self, case_id: str, actor: str, now: dt.datetime) -> bool:
        """Take a promise back; False if there was none."""
        with writing(self.session_factory) as session:
            return self.cancel_in(session, case_id, actor, now)

    def cancel_in(self, session: Session, case_id: str, actor: str, now: dt.datetime) -> bool:
        """As :meth:`cancel`, in the caller's transaction."""
        return self._end_in(session, case_id, CANCELLED, actor, now, "richiamo_annullato")

    def done_in(self, session: Session, case_id: str, actor: str, now: dt.datetime) -> None:
        """The call was made."""
        self._end_in(session, case_id, DONE, actor, now, "richiamo_fatto")

    def no_answer_in(self, session: Session, case_id: str, actor: str, now: dt.datetime) -> None:
        """Nobody answered: the promise moves to the next free slot, until it was tried often enough."""
        row = self.booked_in(session, case_id)
        if row is None:
            return
        row.attempts += 1
        row.updated_at = now
        slots = free_slots_in(session, self.timetable, now + dt.timedelta(hours=2), 1)
        if row.attempts >= MAX_ATTEMPTS or not slots:
            row.state = NO_ANSWER
        else:
            query = select(CallbackRow.place).where(CallbackRow.starts_at == slots[0], CallbackRow.state == BOOKED)
            places = set(session.scalars(query))
            row.starts_at = slots[0]
            row.place = next(n for n in range(self.timetable.places) if n not in places)
        session.flush()
        self._note(session, row, actor, now, "richiamo_senza_risposta")

    def of_case(self, case_id: str) -> Callback | None:
        """The promise that stands, None if there is none."""
        with self.session_factory() as session:
            row = self.booked_in(session, case_id)
            return None if row is None else _view(row)

    def page_in(self, session: Session, offset: int = 0, limit: int = PAGE) -> tuple[list[Callback], int]:
        """Promises that stand, the most urgent first, and how many there are."""
        booked = CallbackRow.state == BOOKED
        query = select(CallbackRow).where(booked).order_by(CallbackRow.starts_at, CallbackRow.id)
        count = session.scalar(select(func.count()).select_from(CallbackRow).where(booked)) or 0
        return [_view(row) for row in session.scalars(query.offset(offset).limit(limit))], count

    def due_in(self, session: Session, now: dt.datetime) -> int:
        """How many calls should be made by now."""
        query = select(func.count()).select_from(CallbackRow)
        return session.scalar(query.where(CallbackRow.state == BOOKED, CallbackRow.starts_at <= now)) or 0

    def _end_in(self, session: Session, case_id: str, state: str, actor: str, now: dt.datetime, event: str) -> bool:
        row = self.booked_in(session, case_id)
        if row is None:
            return False
        session.execute(update(CallbackRow).where(CallbackRow.id == row.id).values(state=state, updated_at=now))
        self._note(session, row, actor, now, event)
        return True

    def booked_in(self, session: Session, case_id: str) -> CallbackRow | None:
        """The row of the promise that stands, locked."""
        query = select(CallbackRow).where(CallbackRow.case_id == case_id, CallbackRow.state == BOOKED)
        return session.scalars(query.with_for_update()).one_or_none()

    def _note(self, session: Session, row: CallbackRow, actor: str, now: dt.datetime, event: str) -> None:
        journal.append_in(session, self.keyring, at=now, actor=actor, subject=row.case_id, event=event)
        statistics.count_in(session, now, "sportello_richiamo", outcome=event)


def _view(row: CallbackRow) -> Callback:
    return Callback(row.id, row.case_id, row.starts_at, row.state, row.attempts, row.confirmed)
