"""The hotline as its pages use it."""

import datetime as dt

from sqlalchemy import delete, select

from accounts.account import Account
from cases import journal
from cases.db import writing
from cases.service import Cases
from hotline import caller, notes, presence, queue, search, viewing
from hotline.callbacks import Callback, Callbacks
from hotline.caller import Caller
from hotline.handling import Handlings
from hotline.hours import Timetable
from hotline.models import ClosureRow


class Hotline:
    """Everything about the hotline but the dialogue. Every method is one transaction.

    :ivar handlings: who has which case in hand.
    :ivar callbacks: promises to call.
    """

    def __init__(self, cases: Cases, timetable: Timetable) -> None:
        self.cases = cases
        self.keyring = cases.keyring
        self.session_factory = cases.session_factory
        self.timetable = timetable
        self.callbacks = Callbacks(cases.session_factory, cases.keyring, timetable)
        self.handlings = Handlings(cases, self.callbacks)

    def sign(self, account_id: str, now: dt.datetime) -> None:
        """A colleague's page is open."""
        with self.session_factory() as session:
            row = session.get(presence.PresenceRow, account_id)
            if row is not None and row.seen_at >= now - presence.SIGN_EVERY:
                return
        with writing(self.session_factory) as session:
            presence.sign_in(session, account_id, now)

    def pause(self, account_id: str, paused: bool, now: dt.datetime) -> None:
        """A colleague takes a break or comes back."""
        with writing(self.session_factory) as session:
            presence.pause_in(session, account_id, paused, now)

    def signature(self, now: dt.datetime) -> str:
        """A value that changes whenever the page of the queue would."""
        with self.session_factory() as session:
            there = session.execute(
                select(presence.PresenceRow.account_id, presence.PresenceRow.paused)
                .where(presence.PresenceRow.seen_at > now - presence.THERE_FOR)
                .order_by(presence.PresenceRow.account_id)
            )
            people = "".join(f"{row.account_id[:6]}{int(row.paused)}" for row in there)
            return f"{queue.signature_in(session)}-{people}-{self.callbacks.due_in(session, now)}"

    def count_waiting(self) -> int:
        """How many conversations wait for a colleague."""
        with self.session_factory() as session:
            return queue.count_in(session)

    def saw(self, case_id: str, account: Account, now: dt.datetime, where: str) -> None:
        """Journal that a colleague opened a case."""
        with writing(self.session_factory) as session:
            viewing.saw_in(session, self.keyring, case_id, account.id, account.actor, now, where)

    def saw_again(self, case_id: str, account: Account, now: dt.datetime) -> None:
        """Journal a refresh of an open page, unless its opening was journalled lately."""
        with self.session_factory() as session:
            if viewing.is_covered_in(session, case_id, account.id, now):
                return
        self.saw(case_id, account, now, "aggiornamento")

    def note(self, case_id: str, account: Account, text: str, now: dt.datetime) -> bool:
        """Keep a note; False if there was nothing in it. Raises ``CaseNotFound``, ``NotYours``."""
        with writing(self.session_factory) as session:
            self.handlings.own_in(session, case_id, account)
            return notes.add_in(session, self.keyring, case_id, account.id, account.actor, text, now)

    def note_caller(self, case_id: str, account: Account, told: Caller, now: dt.datetime) -> Caller:
        """Keep the person's name and number. Raises ``ContactWrong``, ``CaseNotFound``, ``NotYours``."""
        with writing(self.session_factory) as session:
            self.handlings.own_in(session, case_id, account)
            known = caller.note_in(session, self.keyring, case_id, told, now)
            journal.append_in(
                session, self.keyring, at=now, actor=account.actor, subject=case_id, event="sportello_recapito"
            )
            return known

    def consent_asked(
        self, case_id: str, account: Account, purpose: str, version: str, agreed: bool, now: dt.datetime
    ) -> None:
        """Journal that the text of a consent was read (or sent) to the person, and what they said.

        Raises ``CaseNotFound``, ``NotYours``.
        """
        with writing(self.session_factory) as session:
            row = self.handlings.own_in(session, case_id, account)
            detail = {"purpose": purpose, "version": version, "canale": row.channel, "risposta": agreed}
            journal.append_in(
                session,
                self.keyring,
                at=now,
                actor=account.actor,
                subject=case_id,
                event="consenso_chiesto",
                detail=detail,
            )

    def book(self, case_id: str, account: Account, starts_at: dt.datetime, told: Caller, now: dt.datetime) -> Callback:
        """Promise a call. Raises ``SlotTaken``, ``ContactWrong``, ``CaseNotFound``."""
        return self.callbacks.book(case_id, starts_at, told, account.actor, now)

    def search(self, text: str, account: Account, now: dt.datetime, offset: int = 0) -> tuple[list[str], int]:
        """Case ids found by code, number or name, and how many in all; that somebody searched is journalled."""
        search.catch_up(self.session_factory, self.keyring)
        with writing(self.session_factory) as session:
            found, count = search.find_in(session, self.keyring, text, offset)
            detail = {"tipo": search.kind_of(text), "trovati": count}
            journal.append_in(
                session,
                self.keyring,
                at=now,
                actor=account.actor,
                subject=account.id,
                event="sportello_ricerca",
                detail=detail,
            )
            return found, count

    def closures(self, since: dt.date) -> list[tuple[dt.date, str]]:
        """Extraordinary closures from a day on, with their reasons."""
        with self.session_factory() as session:
            query = select(ClosureRow).where(ClosureRow.day >= since).order_by(ClosureRow.day)
            return [(row.day, row.reason) for row in session.scalars(query)]

    def close_on(self, day: dt.date, reason: str, account: Account, now: dt.datetime) -> None:
        """Declare a day closed."""
        with writing(self.session_factory) as session:
            session.merge(ClosureRow(day=day, reason=" ".join(reason.split())[:120]))
            self._closure(session, account, now, "sportello_chiusura", day)

    def reopen_on(self, day: dt.date, account: Account, now: dt.datetime) -> None:
        """Take a closure back."""
        with writing(self.session_factory) as session:
            session.execute(delete(ClosureRow).where(ClosureRow.day == day))
            self._closure(session, account, now, "sportello_riapertura", day)

    def _closure(self, session, account: Account, now: dt.datetime, event: str, day: dt.date) -> None:
        journal.append_in(
            session,
            self.keyring,
            at=now,
            actor=account.actor,
            subject=account.id,
            event=event,
            detail={"giorno": day.isoformat()},
        )
