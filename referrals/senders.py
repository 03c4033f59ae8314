"""Sending one message: e-mail by SMTP, event by signed webhook."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING, Any

import aiosmtplib

from cases.crypto import Cipher
from cases.db import SessionFactory
from cases.errors import KeyShredded
from cases.keys import Keyring
from referrals import egress, webhooks
from referrals.delivery import Message, Permanent, Temporary
from referrals.directory_models import OperatorRow
from referrals.outbox import SYSTEM
from settings.config import get_settings

if TYPE_CHECKING:
    import httpx

OUTBOX_HEADER = "X-Rientro-Id"
_TIMEOUT_SECONDS = 20


def compose(message: Message, sender: str) -> EmailMessage:
    """The e-mail of an outbox message; its Message-ID is the outbox id."""
    domain = parseaddr(sender)[1].partition("@")[2] or "localhost"
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = message.payload["to"]
    mail["Subject"] = message.payload["subject"]
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail[OUTBOX_HEADER] = message.id
    mail.set_content(message.payload["text"])
    return mail


async def send_email(message: Message, settings: Any, local_port: int | None) -> None:
    """Deliver by SMTP: to the local mailbox when ``local_port`` is given, else to the configured server.

    Raises ``Temporary`` or ``Permanent``.
    """
    options: dict[str, Any] = {"hostname": "127.0.0.1", "port": local_port, "start_tls": False}
    if local_port is None:
        password = settings.smtp_password
        options = {
            "hostname": settings.smtp_host,
            "port": settings.smtp_port,
            "start_tls": settings.smtp_starttls,
            "tls_context": ssl.create_default_context() if settings.smtp_starttls else None,
            "username": settings.smtp_user,
            "password": password.get_secret_value() if password else None,
        }
    try:
        await aiosmtplib.send(compose(message, settings.mail_from), timeout=_TIMEOUT_SECONDS, **options)
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [refused.code for refused in error.recipients]
        if codes and all(500 <= code < 600 for code in codes):
            raise Permanent(f"smtp_{codes[0]}") from None
        raise Temporary("smtp_recipient") from None
    except aiosmtplib.SMTPResponseException as error:
        # Authentication is our mistake, not the message's: it can be put right while messages wait.
        if 500 <= error.code < 600 and not isinstance(error, aiosmtplib.SMTPAuthenticationError):
            raise Permanent(f"smtp_{error.code}") from None
        raise Temporary(f"smtp_{error.code}") from None
    except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
        raise Temporary(type(error).__name__) from None


class WebhookSender:
    """Posts signed events to operators' systems."""

    def __init__(
        self,
        session_factory: SessionFactory,
        keyring: Keyring,
        now: Callable[[], datetime],
        demo: bool = False,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        """:param demo: whether plain http to this machine is allowed."""
        self._session_factory = session_factory
        self._keyring = keyring
        self._now = now
        self._demo = demo
        self._client = client

    async def send(self, message: Message) -> None:
        """Post one event. Raises ``Temporary`` or ``Permanent``."""
        import httpx  # few operators have a system of their own: only where one is told

        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)
        url, secret = await asyncio.to_thread(self._target, message.payload["operator_id"])
        body = json.dumps(message.payload["event"], sort_keys=True).encode()
        headers = webhooks.sign(secret, message.id, body, self._now())
        try:
            place = await egress.target(url, self._demo)
            answer = await self._client.post(
                place.url,
                content=body,
                headers={"Content-Type": "application/json", "Host": place.host, **headers},
                extensions={"sni_hostname": place.name},
            )
        except egress.NotAllowed:
            raise Permanent("address_not_public") from None
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            raise Temporary(type(error).__name__) from None
        if answer.is_success:
            return
        code = f"http_{answer.status_code}"
        if answer.is_redirect or answer.status_code in (400, 404, 405, 410, 413, 415, 422):
            raise Permanent(code)
        raise Temporary(code)

    async def close(self) -> None:
        """Let go of connections."""
        if self._client is not None:
            await self._client.aclose()

    def _target(self, operator_id: str) -> tuple[str, bytes]:
        with self._session_factory() as session:
            row = session.get(OperatorRow, operator_id)
            if row is None or not row.webhook_url or row.webhook_secret_sealed is None:
                raise Permanent("webhook_removed")
            try:
                cipher: Cipher = self._keyring.cipher(SYSTEM)
            except KeyShredded:
                raise Permanent("webhook_secret") from None
            secret = cipher.open("operator", "webhook_secret", row.id, row.webhook_secret_sealed)
            return row.webhook_url, bytes.fromhex(secret)


def check_webhook_url(url: str, demo: bool | None = None) -> str:
    """The address, if events may go there (:func:`referrals.egress.check`). ``demo``: by default this process's mode.

    Raises ``ValueError``, in Italian.
    """
    return egress.check(url, get_settings().mode == "demo" if demo is None else demo)
