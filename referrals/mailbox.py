"""The local mailbox: what would have left by e-mail, readable on a page, when no mail server is configured.

Mails are kept encrypted, under the key of the case they belong to (so that erasing the case makes
them unreadable) or under the system's when they belong to none.
"""

import asyncio
import email
import email.policy
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from cases.db import SessionFactory, affected, writing
from cases.keys import Keyring
from referrals import failpoints
from referrals.models import MailboxRow, OutboxRow
from referrals.outbox import SYSTEM
from settings import logs

MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Mail:
    """A mail as caught. ``copies`` counts how often it was handed in: more than one after a crash."""

    id: str
    received_at: datetime
    sender: str
    to: str
    subject: str
    text: str
    copies: int


class Mailbox:
    """Reads and empties the mailbox."""

    def __init__(self, session_factory: SessionFactory, keyring: Keyring) -> None:
        self._session_factory = session_factory
        self._keyring = keyring

    def list(self, limit: int = 50, before: datetime | None = None) -> list[Mail]:
        """The newest mails first; ``before``: only those received earlier."""
        query = select(MailboxRow).order_by(MailboxRow.received_at.desc(), MailboxRow.id).limit(limit)
        if before is not None:
            query = query.where(MailboxRow.received_at < before)
        with self._session_factory() as session:
            rows = session.scalars(query).all()
            ciphers = self._keyring.ciphers({row.scope for row in rows})
            return [_mail(row, ciphers[row.scope]) for row in rows if row.scope in ciphers]

    def get(self, mail_id: str) -> Mail | None:
        """One mail, None if there is none or its case was erased."""
        with self._session_factory() as session:
            row = session.get(MailboxRow, mail_id)
            found = self._keyring.ciphers([row.scope]) if row else {}
            return _mail(row, found[row.scope]) if row and row.scope in found else None

    def clear(self) -> int:
        """Remove every mail; returns how many there were."""
        with writing(self._session_factory) as session:
            return affected(session, delete(MailboxRow))


def store_in(session: Session, keyring: Keyring, content: bytes, now: datetime) -> str:
    """Keep a mail as it came over SMTP; the same Message-ID again only counts one copy more."""
    mail = email.message_from_bytes(content, policy=email.policy.default)
    message_id = str(mail["Message-ID"] or "").strip()
    local = re.match(r"<([0-9a-f]{32})@", message_id)
    mail_id = local.group(1) if local else hashlib.sha256(message_id.encode() or content).hexdigest()
    case_id = session.scalar(select(OutboxRow.case_id).where(OutboxRow.id == mail_id))
    scope = case_id or SYSTEM
    if case_id is None:
        keyring.create(SYSTEM)
    body = mail.get_body(("plain",))
    value = {
        "from": str(mail["From"] or ""),
        "to": str(mail["To"] or ""),
        "subject": str(mail["Subject"] or ""),
        "text": body.get_content().replace("\r\n", "\n") if body else "",
    }
    dialect = pg_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
    session.execute(
        dialect(MailboxRow)
        .values(
            id=mail_id,
            case_id=case_id,
            scope=scope,
            sealed=keyring.cipher(scope).seal("mailbox", "mail", mail_id, value),
            received_at=now,
            copies=1,
        )
        .on_conflict_do_update(index_elements=["id"], set_={"copies": MailboxRow.copies + 1})
    )
    return mail_id


class _Handler:
    """What aiosmtpd calls for each mail."""

    def __init__(self, session_factory: SessionFactory, keyring: Keyring, now: Callable[[], datetime]) -> None:
        self._session_factory = session_factory
        self._keyring = keyring
        self._now = now

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        try:
            await asyncio.to_thread(self._store, envelope.content)
        except Exception:
            # Whatever the reason, the sender keeps the mail and tries again.
            logs.get_logger().error("mailbox_store_failed", exc_info=True)
            return "451 4.3.0 try again later"
        return "250 2.0.0 kept"

    def _store(self, content: bytes) -> None:
        with writing(self._session_factory) as session:
            store_in(session, self._keyring, content, self._now())
            failpoints.hit("mailbox.before_commit")
        failpoints.hit("mailbox.after_commit")


def serve(session_factory: SessionFactory, keyring: Keyring, port: int, now: Callable[[], datetime]) -> Controller:
    """Start the SMTP server of the mailbox on loopback; call ``stop()`` on what is returned.

    Raises ``OSError`` when the port is taken (another worker of this machine already serves it).
    """
    controller = Controller(
        _Handler(session_factory, keyring, now),
        hostname="127.0.0.1",
        port=port,
        data_size_limit=MAX_BYTES,
        server_hostname="localhost",
    )
    controller.start()
    return controller


def _mail(row: MailboxRow, cipher: Any) -> Mail:
    value = cipher.open("mailbox", "mail", row.id, row.sealed)
    return Mail(row.id, row.received_at, value["from"], value["to"], value["subject"], value["text"], row.copies)
