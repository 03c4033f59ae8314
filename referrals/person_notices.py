"""Telling the person of a referral something: the way is chosen, and written together with the event."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cases.keys import Keyring
from referrals import calls, channels, confirmations, encrypted_parts, links, words
from referrals.confirmations import Outgoing
from referrals.contact import Contact, Preferences
from referrals.models import HeldMailRow, OutboxRow, ReferralRow
from referrals.notice_models import CALL, EMAIL, SMS, UNREACHABLE, PersonNoticeRow


class PersonNotices:
    """Writes what a person must know. ``settings``: public address, working days, the gateway of text messages."""

    def __init__(self, keyring: Keyring, settings: Callable[[], Any]) -> None:
        self._keyring = keyring
        self._settings = settings

    def tell_in(
        self,
        session: Session,
        row: ReferralRow,
        kind: str,
        now: datetime,
        cause: str = "",
        link: str = "",
        entry: int | None = None,
    ) -> str | None:
        """Tell the person: a message on its way, or a call that the hotline owes. Returns the notice's id.

        ``link``: what the message opens; by default the referral's page. ``entry``: the journal row of the event, where
        it is not that of the referral's state.

        None once the person's data were erased, or where the same cause was already told.
        """
        if row.case_id is None:
            return None
        dedupe = f"{kind}:{row.id}:{cause}"
        if session.scalar(select(PersonNoticeRow.id).where(PersonNoticeRow.dedupe == dedupe)) is not None:
            return None
        contact, preferences = self.reached_in(session, row)
        settings = self._settings()
        way = channels.way_to(contact, preferences, channels.texts_on(settings)) if contact else UNREACHABLE
        notice = PersonNoticeRow(
            id=uuid.uuid4().hex,
            dedupe=dedupe,
            referral_id=row.id,
            case_id=row.case_id,
            kind=kind,
            journal_id=entry or row.journal_id,
            channel=way,
            failed=None,
            task_id=calls.open_in(session, row, kind, now).id if way == CALL else None,
            created_at=now,
            delivered_at=None,
        )
        session.add(notice)
        session.flush()
        if contact is not None and way in (EMAIL, SMS):
            link = link or links.status_url(settings.public_url, row.code)
            self._write_in(session, row, notice, contact, settings, link, now)
        return notice.id

    def call_instead_in(self, session: Session, notice: PersonNoticeRow, now: datetime) -> None:
        """A message that cannot reach the person becomes a call; without a number it is said that nothing works."""
        row = session.get_one(ReferralRow, notice.referral_id)
        contact, _ = self.reached_in(session, row)
        notice.failed = notice.channel
        if contact is not None and contact.telefono:
            notice.task_id = calls.open_in(session, row, notice.kind, now).id
            notice.channel = CALL
        else:
            notice.channel = UNREACHABLE
        session.flush()

    def failed_in(self, session: Session, dedupe: str, now: datetime) -> None:
        """A message was given up."""
        notice = session.scalars(select(PersonNoticeRow).where(PersonNoticeRow.dedupe == dedupe)).one_or_none()
        if notice is not None and notice.channel in (EMAIL, SMS):
            self.call_instead_in(session, notice, now)

    def unconfirmed_in(self, session: Session, older_than: datetime, limit: int) -> list[str]:
        """Ids of notices whose e-mail has waited too long for a confirmation, or is no longer there at all."""
        query = (
            select(PersonNoticeRow.id)
            .outerjoin(OutboxRow, OutboxRow.dedupe == PersonNoticeRow.dedupe)
            .where(
                PersonNoticeRow.channel == EMAIL,
                PersonNoticeRow.delivered_at.is_(None),
                PersonNoticeRow.created_at <= older_than,
                OutboxRow.id.is_(None),
            )
            .order_by(PersonNoticeRow.created_at, PersonNoticeRow.id)
            .limit(limit)
        )
        return list(session.scalars(query))

    def still_held_in(self, session: Session, notice: PersonNoticeRow) -> bool:
        """Whether the message of a notice still waits for its address to be confirmed."""
        held = select(HeldMailRow.id).where(HeldMailRow.dedupe == notice.dedupe)
        return session.scalar(held) is not None

    def reached_in(self, session: Session, row: ReferralRow) -> tuple[Contact | None, Preferences]:
        """Contact data and preferences; None once erased."""
        contact = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.CONTACT)
        preferences = encrypted_parts.read_in(session, self._keyring, row, encrypted_parts.PREFERENCES) or {}
        return (Contact(**contact) if contact else None), Preferences(**preferences)

    def _write_in(
        self,
        session: Session,
        row: ReferralRow,
        notice: PersonNoticeRow,
        contact: Contact,
        settings: Any,
        link: str,
        now: datetime,
    ) -> None:
        case_id = str(row.case_id)
        if notice.channel == SMS:
            text = words.load()["sms"].format(event=words.load()["eventi"][notice.kind], code=row.code, link=link)
            told = Outgoing(notice.dedupe, notice.kind, str(contact.telefono), "", text, row.id, confirmations.SMS)
            confirmations.enqueue_in(session, self._keyring, settings.public_url, case_id, told, now)
            return
        subject, text = words.mail(notice.kind, code=row.code, link=link, days=settings.referral_expiry_days)
        mail = Outgoing(notice.dedupe, notice.kind, str(contact.email), subject, text, row.id)
        confirmations.enqueue_in(session, self._keyring, settings.public_url, case_id, mail, now)


def delivered_in(session: Session, dedupe: str, now: datetime) -> None:
    """Write down that a message reached its server."""
    session.execute(update(PersonNoticeRow).where(PersonNoticeRow.dedupe == dedupe).values(delivered_at=now))
