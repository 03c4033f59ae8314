"""The calls that the hotline owes to people about their referral (``referrals.calls``): a list, a script, attempts."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.account import Account
from cases import journal
from cases.db import SessionFactory, writing
from cases.keys import Keyring
from referrals import calls, encrypted_parts, views
from referrals.contact import Contact, Preferences
from referrals.directory_models import OperatorRow
from referrals.models import ReferralRow
from referrals.notice_models import TO_DO, CallAttemptRow, CallTaskRow
from referrals.views import Referral
from texts.word_files import words_beside

PAGE = 25


class CallTaskGone(LookupError):
    """No such call: made, overtaken by events, or the person's data were erased."""


@dataclass(frozen=True)
class Listed:
    """A call in the list. ``name`` and ``phone`` are None once erased."""

    id: str
    code: str
    kind: str
    name: str | None
    phone: str | None
    hours: str
    due_at: dt.datetime
    created_at: dt.datetime
    attempts: int


@dataclass(frozen=True)
class Opened:
    """A call to be made: to whom, what to say, how it went until now."""

    task: Listed
    referral: Referral
    preferences: Preferences
    identity: str
    opening: str
    script: str
    message: str
    tried: tuple[tuple[dt.datetime, str], ...]


class CallTasks:
    """The hotline's side of the calls owed to people."""

    def __init__(self, session_factory: SessionFactory, keyring: Keyring) -> None:
        self._session_factory = session_factory
        self._keyring = keyring

    def count_due(self, now: dt.datetime) -> int:
        """How many calls are due now."""
        query = select(func.count()).select_from(CallTaskRow)
        with self._session_factory() as session:
            return session.scalar(query.where(CallTaskRow.state == TO_DO, CallTaskRow.due_at <= now)) or 0

    def page(self, offset: int = 0) -> tuple[list[Listed], int]:
        """The calls to be made, the longest due first, and how many there are."""
        with self._session_factory() as session:
            count = session.scalar(select(func.count()).select_from(CallTaskRow).where(CallTaskRow.state == TO_DO))
            query = (
                select(CallTaskRow, ReferralRow)
                .join(ReferralRow, ReferralRow.id == CallTaskRow.referral_id)
                .where(CallTaskRow.state == TO_DO)
                .order_by(CallTaskRow.due_at, CallTaskRow.id)
            )
            rows = session.execute(query.limit(PAGE).offset(offset)).all()
            referrals = [referral for _, referral in rows]
            read = encrypted_parts.read_many_in
            contacts = read(session, self._keyring, referrals, encrypted_parts.CONTACT) if rows else {}
            wishes = read(session, self._keyring, referrals, encrypted_parts.PREFERENCES) if rows else {}
            return [_listed(task, row, contacts.get(row.id), wishes.get(row.id)) for task, row in rows], count or 0

    def open(self, task_id: str, account: Account, now: dt.datetime, phone: str, hours: str, days: int) -> Opened:
        """A call with its script; that a colleague saw it is journalled.

        :param phone: our number, for a message; ``hours`` when we answer; ``days`` an operator has to answer.
        :raises CallTaskGone: it is no longer to be made.
        """
        with writing(self._session_factory) as session:
            task, row = self._open_in(session, task_id)
            contact = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.CONTACT)
            wishes = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.PREFERENCES) or {}
            listed = _listed(task, row, contact, wishes)
            words = words_beside(__file__, "call_scripts.yaml")
            operator = session.get_one(OperatorRow, row.operator_id).name
            self._note_in(session, task, account, "telefonata_vista", now)
            query = (
                select(CallAttemptRow.at, CallAttemptRow.outcome)
                .where(CallAttemptRow.task_id == task.id)
                .order_by(CallAttemptRow.at, CallAttemptRow.id)
            )
            return Opened(
                listed,
                views.referral_in(session, row),
                Preferences(**wishes),
                words["identity"],
                words["opening"].format(name=listed.name or "la persona"),
                words["scripts"][task.kind].format(operator=operator, days=days),
                words["message"].format(phone=phone, hours=hours),
                tuple((at, outcome) for at, outcome in session.execute(query)),
            )

    def attempt(self, task_id: str, account: Account, outcome: str, now: dt.datetime) -> None:
        """Write down how an attempt went.

        :raises CallTaskGone: it is no longer to be made.
        :raises ValueError: no such outcome, or a message that the person does not want; in Italian.
        """
        with writing(self._session_factory) as session:
            task, row = self._open_in(session, task_id)
            wishes = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.PREFERENCES) or {}
            calls.attempt_in(session, task, account.actor, outcome, Preferences(**wishes).may_leave_message, now)
            self._note_in(session, task, account, "telefonata_tentata", now, outcome)

    def _open_in(self, session: Session, task_id: str) -> tuple[CallTaskRow, ReferralRow]:
        task = session.get(CallTaskRow, task_id, with_for_update=True)
        if task is None or task.state != TO_DO:
            raise CallTaskGone(task_id)
        return task, session.get_one(ReferralRow, task.referral_id)

    def _note_in(
        self, session: Session, task: CallTaskRow, account: Account, event: str, now: dt.datetime, outcome: str = ""
    ) -> None:
        journal.append_in(
            session,
            self._keyring,
            at=now,
            actor=account.actor,
            subject=task.case_id,
            event=event,
            detail={"motivo": task.kind} | ({"esito": outcome} if outcome else {}),
        )


def _listed(
    task: CallTaskRow, row: ReferralRow, contact: dict[str, str] | None, wishes: dict[str, str] | None
) -> Listed:
    person = Contact(**contact) if contact else None  # type: ignore[arg-type]
    return Listed(
        id=task.id,
        code=row.code,
        kind=task.kind,
        name=person.nome if person else None,
        phone=person.telefono if person else None,
        hours=str((wishes or {}).get("hours") or ""),
        due_at=task.due_at,
        created_at=task.created_at,
        attempts=task.attempts,
    )
