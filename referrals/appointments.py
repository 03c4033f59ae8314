"""Appointments: proposed by the operator, agreed with the person, put into a calendar."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.db import writing
from referrals import views, words
from referrals.errors import NotAllowed
from referrals.models import AppointmentRow, ReferralRow
from referrals.service import Referrals
from referrals.states import Actor, State, kind_of

PROPOSED, AGREED, DECLINED, CANCELLED = "proposto", "confermato", "rifiutato", "annullato"
PLACES = ("sede", "telefono", "video")
_MOVABLE = (State.PRESA_IN_CARICO, State.APPUNTAMENTO_FISSATO)


@dataclass(frozen=True)
class Appointment:
    """A meeting. ``place``: ``sede``, ``telefono`` or ``video``; ``revision`` grows when it changes."""

    id: str
    starts_at: datetime
    minutes: int
    place: str
    status: str
    revision: int


class Appointments:
    """Appointments of referrals, for both sides."""

    def __init__(self, referrals: Referrals) -> None:
        self._referrals = referrals
        self._writer = referrals.writer

    def propose(
        self,
        code: str,
        actor: str,
        starts_at: datetime,
        now: datetime,
        minutes: int = 60,
        place: str = "sede",
        agreed: bool = False,
    ) -> Appointment:
        """Offer a time; ``agreed``: already settled by telephone, so the referral moves on at once.

        Raises ``NotAllowed`` when the referral is not in charge of this actor, ``ValueError`` for a
        time in the past or an unknown place.
        """
        if starts_at <= now or not 5 <= minutes <= 480 or place not in PLACES:
            raise ValueError("Scelga un giorno e un'ora futuri.")
        with writing(self._referrals.session_factory) as session:
            row = self._writer.row_in(session, code, lock=True)
            self._writer.check_owner(row, actor)
            if row.state not in _MOVABLE or row.case_id is None or kind_of(actor) == Actor.PERSONA:
                raise NotAllowed(f"no appointment in state {row.state}")
            appointment = AppointmentRow(
                id=uuid.uuid4().hex,
                referral_id=row.id,
                case_id=row.case_id,
                starts_at=starts_at,
                minutes=minutes,
                place=place,
                status=PROPOSED,
                revision=0,
                created_at=now,
            )
            session.add(appointment)
            session.flush()
            self._writer.note_in(session, row, "appuntamento_proposto", actor, now)
            if agreed:
                self._agree_in(session, row, appointment, actor, now)
            if row.state == State.PRESA_IN_CARICO or not agreed:
                self._writer.notices.person_in(session, row, "persona_appuntamento", now, cause=appointment.id)
            return _view(appointment)

    def answer(self, code: str, appointment_id: str, accepted: bool, now: datetime) -> Appointment:
        """The person says yes or no to a proposed time; the operator is told that there is an answer."""
        with writing(self._referrals.session_factory) as session:
            return self.answer_in(session, code, appointment_id, accepted, now)

    def answer_in(self, session: Session, code: str, appointment_id: str, accepted: bool, now: datetime) -> Appointment:
        """As :meth:`answer`, in the caller's transaction."""
        row, appointment = self._find_in(session, code, appointment_id)
        if appointment.status == (AGREED if accepted else DECLINED):
            return _view(appointment)
        if appointment.status != PROPOSED or row.state not in _MOVABLE:
            raise NotAllowed(f"the appointment is {appointment.status}")
        if accepted:
            self._agree_in(session, row, appointment, Actor.PERSONA, now)
        else:
            appointment.status = DECLINED
            self._writer.note_in(session, row, "appuntamento_rifiutato", Actor.PERSONA, now)
        self._writer.notices.operator_in(session, row, "operatore_appuntamento_risposta", now, cause=appointment.id)
        return _view(appointment)

    def cancel(self, code: str, appointment_id: str, actor: str, now: datetime) -> Appointment:
        """Call a meeting off; the referral's state stays, another time can be proposed."""
        with writing(self._referrals.session_factory) as session:
            row, appointment = self._find_in(session, code, appointment_id)
            self._writer.check_owner(row, actor)
            if appointment.status in (PROPOSED, AGREED):
                appointment.status = CANCELLED
                appointment.revision += 1
                self._writer.note_in(session, row, "appuntamento_annullato", actor, now)
                if kind_of(actor) == Actor.PERSONA:
                    kind = "operatore_appuntamento_risposta"
                    self._writer.notices.operator_in(session, row, kind, now, cause=f"{appointment.id}:annullato")
                else:
                    kind = "persona_appuntamento"
                    self._writer.notices.person_in(session, row, kind, now, cause=f"{appointment.id}:annullato")
            return _view(appointment)

    def list(self, code: str) -> tuple[Appointment, ...]:
        """Every appointment of a referral, by time."""
        with self._referrals.session_factory() as session:
            row = self._writer.row_in(session, code)
            query = (
                select(AppointmentRow)
                .where(AppointmentRow.referral_id == row.id)
                .order_by(AppointmentRow.starts_at, AppointmentRow.id)
            )
            return tuple(_view(appointment) for appointment in session.scalars(query))

    def calendar(self, code: str, appointment_id: str, now: datetime) -> bytes:
        """The meeting as an iCalendar file that says nothing about health: a title, a time, an address."""
        with self._referrals.session_factory() as session:
            row = self._writer.row_in(session, code)
            appointment = session.get(AppointmentRow, appointment_id)
            if appointment is None or appointment.referral_id != row.id:
                raise NotAllowed("no such appointment")
            site = views.referral_in(session, row).site
        texts = words.load()["calendario"]
        from icalendar import Calendar, Event  # slow to load, seldom needed

        event = Event()
        event.add("uid", f"{appointment.id}@rientro")
        event.add("dtstamp", now)
        event.add("sequence", appointment.revision)
        event.add("dtstart", appointment.starts_at)
        event.add("dtend", appointment.starts_at + timedelta(minutes=appointment.minutes))
        event.add("summary", texts["titolo"])
        change = texts["spostare"].format(phone=site.phone) if site.phone else ""
        event.add("description", f"{texts['descrizione'].format(code=row.code)} {change}".strip())
        event.add("location", f"{site.address}, {site.comune}" if appointment.place == "sede" else appointment.place)
        event.add("status", {AGREED: "CONFIRMED", PROPOSED: "TENTATIVE"}.get(appointment.status, "CANCELLED"))
        calendar = Calendar()
        calendar.add("prodid", "-//Rientro//IT")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add_component(event)
        return calendar.to_ical()

    def _agree_in(
        self, session: Session, row: ReferralRow, appointment: AppointmentRow, actor: str, now: datetime
    ) -> None:
        session.execute(
            update(AppointmentRow)
            .where(
                AppointmentRow.referral_id == row.id,
                AppointmentRow.id != appointment.id,
                AppointmentRow.status.in_((PROPOSED, AGREED)),
            )
            .values(status=CANCELLED, revision=AppointmentRow.revision + 1)
        )
        appointment.status = AGREED
        if row.state == State.PRESA_IN_CARICO:
            self._writer.move_in(session, row, State.APPUNTAMENTO_FISSATO, actor, now)
        else:
            self._writer.note_in(session, row, "appuntamento_spostato", actor, now)

    def _find_in(self, session: Session, code: str, appointment_id: str) -> tuple[ReferralRow, AppointmentRow]:
        row = self._writer.row_in(session, code, lock=True)
        appointment = session.get(AppointmentRow, appointment_id)
        if appointment is None or appointment.referral_id != row.id:
            raise NotAllowed("no such appointment")
        return row, appointment


def _view(row: AppointmentRow) -> Appointment:
    return Appointment(row.id, row.starts_at, row.minutes, row.place, row.status, row.revision)
