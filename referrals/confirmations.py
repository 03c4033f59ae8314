"""An e-mail address or a mobile number that a stranger typed is confirmed before anything else is written to it.

Whoever writes to a person enqueues the message here. If the address was confirmed in this conversation the message goes to
the outbox; else it is held, and the address gets one neutral message with a link: no name, nothing about the person,
nothing of what waits. Opening the link and pressing the button confirms the address and lets what is held go. What nobody
confirms is forgotten after a week.

The budgets of confirmations (:data:`BY_ADDRESS`, :data:`BY_NETWORK`) bound what a script can make us send to somebody.
"""

import base64
import hashlib
import hmac
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from cases import budgets, export, journal, origins, retention
from cases.budgets import Budget, BudgetSpent
from cases.db import affected
from cases.keys import Keyring
from referrals import links, outbox, words
from referrals.errors import LinkInvalid
from referrals.models import ContactConfirmationRow, HeldMailRow

MAIL = "persona_conferma"
EMAIL, SMS = "email", "sms"
LIFE = timedelta(days=7)
_AGAIN = timedelta(minutes=10)
#: A stranger whose address is typed again and again gets this many messages a day, whoever types it.
BY_ADDRESS = Budget("conferme_indirizzo", 2)
#: A hospital, or a mobile carrier, behind one address: many people, not thousands in a day.
BY_NETWORK = Budget("conferme_rete", 150)


@dataclass(frozen=True)
class Outgoing:
    """A message to a person: what :func:`referrals.outbox.enqueue_in` needs of it. ``channel``: ``email`` or ``sms``."""

    dedupe: str
    kind: str
    address: str
    subject: str
    text: str
    referral_id: str | None = None
    channel: str = EMAIL

    def payload(self) -> dict[str, str]:
        """As the outbox keeps it."""
        subject = {"subject": self.subject} if self.channel == EMAIL else {}
        return {"to": self.address, **subject, "text": self.text}


def enqueue_in(
    session: Session, keyring: Keyring, public_url: str, case_id: str, mail: Outgoing, now: datetime
) -> str | None:
    """Send a message to the person of a case, or hold it until its address is confirmed; the message's id.

    None if the same cause already wrote it. Who is asked to confirm too often is not asked again today: the message
    waits for a later occasion.
    """
    row = _row_in(session, keyring, case_id, mail.address, now)
    if row.confirmed_at is not None:
        return _send_in(session, keyring, case_id, mail, now)
    _ask_in(session, keyring, public_url, row, mail, now)
    return _hold_in(session, keyring, row, mail, now)


def ask_in(session: Session, keyring: Keyring, public_url: str, case_id: str, address: str, now: datetime) -> bool:
    """Ask to confirm an address although nothing waits for it; False if it is confirmed already.

    :param address: canonical (:meth:`referrals.contact.Contact.checked`).
    :raises BudgetSpent: it was asked too often today.
    """
    row = _row_in(session, keyring, case_id, address, now)
    if row.confirmed_at is not None:
        return False
    if row.asked_at is None or row.asked_at <= now - _AGAIN:
        _pay_in(session, keyring, row, now)
        _write_in(session, keyring, public_url, row, address, EMAIL, now)
    return True


def confirm_in(session: Session, keyring: Keyring, token: str, now: datetime) -> str:
    """Use the link of a confirmation: what was held goes out. Returns the case's id; a second time changes nothing.

    Raises ``LinkInvalid``: unknown, expired, or the conversation was erased.
    """
    query = select(ContactConfirmationRow).where(ContactConfirmationRow.token_hash == _hash(token)).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None or (row.confirmed_at is None and (row.expires_at is None or row.expires_at <= now)):
        raise LinkInvalid("link")
    if row.confirmed_at is None:
        row.confirmed_at = now
        session.flush()
        _release_in(session, keyring, row, now)
        journal.append_in(session, keyring, at=now, actor="persona", subject=row.case_id, event="recapito_confermato")
    return row.case_id


def mark_in(session: Session, keyring: Keyring, case_id: str, address: str, now: datetime) -> None:
    """The address is the person's: a link that was sent to it, and to nobody else, was just used."""
    row = _row_in(session, keyring, case_id, address, now)
    if row.confirmed_at is None:
        row.confirmed_at = now
        session.flush()
        _release_in(session, keyring, row, now)


def is_confirmed_in(session: Session, keyring: Keyring, case_id: str, address: str) -> bool:
    """Whether this address was confirmed in this conversation."""
    return (
        session.scalar(
            select(ContactConfirmationRow.id).where(
                ContactConfirmationRow.case_id == case_id,
                ContactConfirmationRow.contact_key == key_of(keyring, address),
                ContactConfirmationRow.confirmed_at.is_not(None),
            )
        )
        is not None
    )


def is_asked_in(session: Session, keyring: Keyring, case_id: str, address: str, now: datetime) -> bool:
    """Whether a link that still works went to this address, and nobody has used it yet."""
    found = session.scalar(
        select(ContactConfirmationRow.id).where(
            ContactConfirmationRow.case_id == case_id,
            ContactConfirmationRow.contact_key == key_of(keyring, address),
            ContactConfirmationRow.confirmed_at.is_(None),
            ContactConfirmationRow.expires_at > now,
        )
    )
    return found is not None


def confirmed_key_in(session: Session, case_id: str) -> str | None:
    """Keyed hash of an address that was confirmed in this conversation, None if none was."""
    query = select(ContactConfirmationRow.contact_key).where(
        ContactConfirmationRow.case_id == case_id, ContactConfirmationRow.confirmed_at.is_not(None)
    )
    return session.scalar(query.order_by(ContactConfirmationRow.confirmed_at).limit(1))


def key_of(keyring: Keyring, contact: str) -> str:
    """Keyed hash of a telephone number or an address: the same contact in whatever capitals."""
    return hmac.new(keyring.secret("contact"), contact.strip().casefold().encode(), hashlib.sha256).hexdigest()


def drop_in(session: Session, referral_id: str, *kinds: str) -> int:
    """Forget what is held for a referral and has become pointless."""
    query = delete(HeldMailRow).where(HeldMailRow.referral_id == referral_id)
    if kinds:
        query = query.where(HeldMailRow.kind.in_(kinds))
    return affected(session, query)


def purge_in(session: Session, now: datetime, dry_run: bool) -> int:
    """Forget what nobody confirmed in time (retention rule)."""
    old = HeldMailRow.created_at <= now - LIFE
    if dry_run:
        return session.scalar(select(func.count()).select_from(HeldMailRow).where(old)) or 0
    return affected(session, delete(HeldMailRow).where(old))


def export_in(session: Session, keyring: Keyring, case_id: str) -> list[dict[str, Any]]:
    """When the person was asked to confirm an address, and did."""
    query = select(ContactConfirmationRow).where(ContactConfirmationRow.case_id == case_id)
    return [
        {
            "asked_at": row.asked_at and row.asked_at.isoformat(),
            "confirmed_at": row.confirmed_at and row.confirmed_at.isoformat(),
        }
        for row in session.scalars(query.order_by(ContactConfirmationRow.created_at, ContactConfirmationRow.id))
    ]


def _row_in(session: Session, keyring: Keyring, case_id: str, address: str, now: datetime) -> ContactConfirmationRow:
    key = key_of(keyring, address)
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(
        dialect(ContactConfirmationRow)
        .values(id=uuid.uuid4().hex, case_id=case_id, contact_key=key, created_at=now)
        .on_conflict_do_nothing(index_elements=["case_id", "contact_key"])
    )
    query = select(ContactConfirmationRow).where(
        ContactConfirmationRow.case_id == case_id, ContactConfirmationRow.contact_key == key
    )
    return session.scalars(query.with_for_update()).one()


def _pay_in(session: Session, keyring: Keyring, row: ContactConfirmationRow, now: datetime) -> None:
    network = origins.network_in(session, row.case_id)
    if network is not None:
        budgets.spend_in(session, keyring, BY_ADDRESS, row.contact_key, now)
        budgets.spend_in(session, keyring, BY_NETWORK, network, now)


def _ask_in(
    session: Session, keyring: Keyring, public_url: str, row: ContactConfirmationRow, mail: Outgoing, now: datetime
) -> None:
    """As :func:`ask_in`, where a spent budget is no reason to undo what the caller is doing."""
    if row.expires_at is not None and row.expires_at > now:
        return
    try:
        with session.begin_nested():
            _pay_in(session, keyring, row, now)
    except BudgetSpent:
        return
    _write_in(session, keyring, public_url, row, mail.address, mail.channel, now)


def _write_in(
    session: Session,
    keyring: Keyring,
    public_url: str,
    row: ContactConfirmationRow,
    address: str,
    channel: str,
    now: datetime,
) -> None:
    # The same link in a second message: whichever of the two the person opens, it works.
    secret = hmac.new(keyring.secret("contact-link"), row.id.encode(), hashlib.sha256).digest()
    token = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    row.token_hash, row.asked_at, row.expires_at = _hash(token), now, now + LIFE
    session.flush()
    link = links.contact_url(public_url, token)
    subject, text = words.mail(MAIL, link=link, days=LIFE.days)
    if channel == SMS:
        text = words.load()["sms_conferma"].format(link=link)
    mail = Outgoing(f"{MAIL}:{row.id}:{now.isoformat()}", MAIL, address, subject, text, channel=channel)
    _send_in(session, keyring, row.case_id, mail, now)


def _hold_in(
    session: Session, keyring: Keyring, row: ContactConfirmationRow, mail: Outgoing, now: datetime
) -> str | None:
    row_id = uuid.uuid4().hex
    content = {"to": mail.address, "subject": mail.subject, "text": mail.text, "channel": mail.channel}
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    statement = dialect(HeldMailRow).values(
        id=row_id,
        confirmation_id=row.id,
        case_id=row.case_id,
        referral_id=mail.referral_id,
        dedupe=mail.dedupe,
        kind=mail.kind,
        sealed=keyring.cipher(row.case_id).seal("held_mail", "sealed", row_id, content),
        created_at=now,
    )
    return session.scalar(statement.on_conflict_do_nothing(index_elements=["dedupe"]).returning(HeldMailRow.id))


def _release_in(session: Session, keyring: Keyring, row: ContactConfirmationRow, now: datetime) -> None:
    query = select(HeldMailRow).where(HeldMailRow.confirmation_id == row.id)
    cipher = keyring.cipher(row.case_id)
    for held in session.scalars(query.order_by(HeldMailRow.created_at, HeldMailRow.id)).all():
        content = cipher.open("held_mail", "sealed", held.id, held.sealed)
        mail = Outgoing(
            held.dedupe,
            held.kind,
            content["to"],
            content["subject"],
            content["text"],
            held.referral_id,
            content.get("channel", EMAIL),
        )
        _send_in(session, keyring, row.case_id, mail, now)
        session.delete(held)
    session.flush()


def _send_in(session: Session, keyring: Keyring, case_id: str, mail: Outgoing, now: datetime) -> str | None:
    return outbox.enqueue_in(
        session,
        keyring,
        dedupe=mail.dedupe,
        kind=mail.kind,
        channel=mail.channel,
        payload=mail.payload(),
        now=now,
        case_id=case_id,
        referral_id=mail.referral_id,
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


export.register("contact_confirmations", export_in)
retention.register("held_mails", purge_in)
