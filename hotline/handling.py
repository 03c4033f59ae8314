"""Taking a case in hand, letting it go: the moves of the hotline, each in one transaction.

Taking a chat silences the assistant in the same transaction (the case's mode), and both sides are told who speaks.
"""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import texts
from accounts.account import Account
from cases import journal, statistics, turns
from cases.db import writing
from cases.errors import CaseNotFound
from cases.models import CaseRow
from cases.record import CaseRecord
from cases.service import Cases
from hotline import notes, outcomes, presence, queue
from hotline.callbacks import Callbacks
from hotline.errors import NotYours, Taken
from hotline.models import HandlingRow

CHAT, PHONE = "chat", "telefono"


@dataclass(frozen=True)
class Handling:
    """A colleague in charge of a case. ``absent``: gone for so long that another may take over."""

    id: str
    case_id: str
    account_id: str
    channel: str
    started_at: dt.datetime
    absent: bool = False


class Handlings:
    """Who has which case in hand. ``now`` is always an aware datetime."""

    def __init__(self, cases: Cases, callbacks: Callbacks) -> None:
        self.cases = cases
        self.keyring = cases.keyring
        self.session_factory = cases.session_factory
        self.callbacks = callbacks

    def current(self, case_id: str, now: dt.datetime) -> Handling | None:
        """Who has a case in hand."""
        with self.session_factory() as session:
            return self.current_in(session, case_id, now)

    def current_in(self, session: Session, case_id: str, now: dt.datetime) -> Handling | None:
        """As :meth:`current`, in the caller's transaction."""
        row = self._open_in(session, case_id)
        if row is None:
            return None
        absent = presence.is_absent_in(session, row.account_id, row.started_at, now)
        return Handling(row.id, row.case_id, row.account_id, row.channel, row.started_at, absent)

    def take(self, case_id: str, account: Account, channel: str, now: dt.datetime) -> Handling:
        """Take a case in hand; taking one's own again changes nothing.

        In a chat the assistant falls silent at once. Raises ``CaseNotFound``, ``Taken`` (by a colleague who is there).
        """
        try:
            with writing(self.session_factory) as session:
                return self._take_in(session, case_id, account, channel, now)
        except IntegrityError as error:
            found = self.current(case_id, now)  # two at the same instant: the database let one through
            if found is None:
                raise
            raise Taken(found.account_id) from error

    def _take_in(self, session: Session, case_id: str, account: Account, channel: str, now: dt.datetime) -> Handling:
        self._lock_in(session, case_id)
        record = self.cases.get_in(session, case_id)
        row = self._open_in(session, case_id)
        if row is not None:
            if row.account_id == account.id:
                return Handling(row.id, case_id, row.account_id, row.channel, row.started_at)
            if not presence.is_absent_in(session, row.account_id, row.started_at, now):
                raise Taken(row.account_id)
            self._end_in(session, row, outcomes.ABANDONED, account.actor, now)
        waiting = queue.leave_in(session, case_id)
        new = HandlingRow(
            id=uuid.uuid4().hex,
            case_id=case_id,
            account_id=account.id,
            channel=channel,
            requested_at=waiting and waiting.requested_at,
            urgent=bool(waiting and waiting.urgent),
            started_at=now,
        )
        session.add(new)
        session.flush()
        dialogue = {k: v for k, v in record.dialogue.items() if k not in ("wants_person", "emergency")}
        mode = "person" if channel == CHAT else None
        self.cases.update_in(session, case_id, now, account.actor, dialogue=dialogue, mode=mode)
        if channel == CHAT:
            self._tell_in(session, case_id, "sportello.presa", now, nome=first_name(account.name))
        minutes = None if waiting is None else int((now - waiting.requested_at).total_seconds() // 60)
        journal.append_in(
            session,
            self.keyring,
            at=now,
            actor=account.actor,
            subject=case_id,
            event="sportello_presa",
            detail={"canale": channel, "attesa_minuti": minutes},
        )
        statistics.count_in(session, now, "sportello_presa", outcome=channel)
        presence.sign_in(session, account.id, now)
        return Handling(new.id, case_id, account.id, channel, now)

    def say(self, case_id: str, account: Account, body: dict, now: dt.datetime, key: str | None = None) -> None:
        """Write to the person in the chat. Raises ``NotYours``, ``CaseNotFound``."""
        with writing(self.session_factory) as session:
            self.own_in(session, case_id, account)
            cipher = self.keyring.cipher(case_id)
            turns.add_in(session, cipher, case_id, "operatore", body, now, key and f"sportello:{key}")

    def give_back(
        self,
        case_id: str,
        account: Account,
        outcome: str,
        note: str,
        now: dt.datetime,
        resume: Callable[[Session, CaseRecord], None] | None = None,
    ) -> Handling:
        """Let a case go; in a chat the assistant answers again, in the same transaction.

        :param resume: writes what the assistant says when it is back; called for chats only.
        :raises NotYours, CaseNotFound, KeyError: not in hand; gone; no such outcome.
        """
        outcomes.OUTCOMES[outcome]
        with writing(self.session_factory) as session:
            row = self.own_in(session, case_id, account)
            notes.add_in(session, self.keyring, case_id, account.id, account.actor, note, now)
            self._end_in(session, row, outcome, account.actor, now)
            if row.channel == CHAT:
                self.cases.update_in(session, case_id, now, account.actor, mode="bot")
                self._tell_in(session, case_id, "sportello.fine", now, nome=first_name(account.name))
                if resume is not None:
                    resume(session, self.cases.get_in(session, case_id))
            if outcome == outcomes.NO_ANSWER:
                self.callbacks.no_answer_in(session, case_id, account.actor, now)
            elif row.channel == PHONE and outcomes.OUTCOMES[outcome].closes_callback:
                self._callback_made_in(session, row, account.actor, now)
            return Handling(row.id, case_id, row.account_id, row.channel, row.started_at)

    def _callback_made_in(self, session: Session, row: HandlingRow, actor: str, now: dt.datetime) -> None:
        found = self.callbacks.booked_in(session, row.case_id)
        # A promise made during this very call is for another time.
        if found is not None and found.created_at < row.started_at:
            self.callbacks.done_in(session, row.case_id, actor, now)

    def pass_on(self, case_id: str, account: Account, note: str, now: dt.datetime) -> None:
        """Put a chat back into the queue for a colleague; the person keeps the place.

        Raises ``NotYours``, ``CaseNotFound``.
        """
        with writing(self.session_factory) as session:
            row = self.own_in(session, case_id, account)
            notes.add_in(session, self.keyring, case_id, account.id, account.actor, note, now)
            self._requeue_in(session, row, outcomes.PASSED_ON, account.actor, "sportello.passata", now)

    def rescue(self, case_id: str, now: dt.datetime) -> bool:
        """If the colleague in charge of a chat is gone, the assistant steps in and the case queues again.

        True when that happened. Called when the person writes to somebody who is not there.
        """
        with writing(self.session_factory) as session:
            if session.get(CaseRow, case_id, with_for_update=True) is None:
                return False
            row = self._open_in(session, case_id)
            if (
                row is None
                or row.channel != CHAT
                or not presence.is_absent_in(session, row.account_id, row.started_at, now)
            ):
                return False
            self._requeue_in(session, row, outcomes.ABANDONED, "sistema", "sportello.assente", now)
            return True

    def start_call(self, account: Account, now: dt.datetime) -> Handling:
        """A new case for a person on the telephone."""
        record = self.cases.open("sportello", now)
        return self.take(record.id, account, PHONE, now)

    def own_in(self, session: Session, case_id: str, account: Account) -> HandlingRow:
        """The colleague's own handling of a case, the case locked. Raises ``NotYours``, ``CaseNotFound``."""
        self._lock_in(session, case_id)
        row = self._open_in(session, case_id)
        if row is None or row.account_id != account.id:
            raise NotYours
        return row

    def _requeue_in(
        self, session: Session, row: HandlingRow, outcome: str, actor: str, told: str, now: dt.datetime
    ) -> None:
        self._end_in(session, row, outcome, actor, now)
        session.flush()
        queue.ask_in(session, row.case_id, row.requested_at or row.started_at, row.urgent, passed_on=True)
        if row.channel == CHAT:
            self.cases.update_in(session, row.case_id, now, actor, mode="bot")
            self._tell_in(session, row.case_id, told, now)

    def _end_in(self, session: Session, row: HandlingRow, outcome: str, actor: str, now: dt.datetime) -> None:
        row.ended_at = now
        row.outcome = outcome
        session.flush()
        journal.append_in(
            session,
            self.keyring,
            at=now,
            actor=actor,
            subject=row.case_id,
            event="sportello_fine",
            detail={"esito": outcome, "minuti": int((now - row.started_at).total_seconds() // 60)},
        )
        statistics.count_in(session, now, "sportello_esito", outcome=outcome)

    def _tell_in(self, session: Session, case_id: str, key: str, now: dt.datetime, **values: Any) -> None:
        body = {"text": texts.say(key, "cittadino", **values)}
        turns.add_in(session, self.keyring.cipher(case_id), case_id, "bot", body, now)

    def _lock_in(self, session: Session, case_id: str) -> None:
        if session.get(CaseRow, case_id, with_for_update=True) is None:
            raise CaseNotFound(case_id)

    def _open_in(self, session: Session, case_id: str) -> HandlingRow | None:
        query = select(HandlingRow).where(HandlingRow.case_id == case_id, HandlingRow.ended_at.is_(None))
        return session.scalars(query).one_or_none()


def first_name(name: str) -> str:
    """What the person is told: the first name is enough."""
    return name.split()[0] if name.split() else name
