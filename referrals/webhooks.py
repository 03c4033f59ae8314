"""Signing and checking webhooks, for us and, as a reference, for the operators' own systems.

Headers of a request: ``X-Rientro-Id`` (the same at every attempt), ``X-Rientro-Timestamp`` (seconds
since 1970) and ``X-Rientro-Signature``: ``v1=`` and the hexadecimal HMAC-SHA256, under the shared
secret, of ``<timestamp>.<id>.<body>``.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from cases.keys import Keyring
from referrals.directory_models import OperatorRow
from referrals.outbox import SYSTEM

ID = "X-Rientro-Id"
TIMESTAMP = "X-Rientro-Timestamp"
SIGNATURE = "X-Rientro-Signature"
TOLERANCE_SECONDS = 300


class BadSignature(ValueError):
    """The request is not authentic, or too old."""


def sign(secret: bytes, message_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """Headers that prove where ``body`` comes from and when it was sent."""
    timestamp = str(int(now.timestamp()))
    return {
        ID: message_id,
        TIMESTAMP: timestamp,
        SIGNATURE: "v1=" + _mac(secret, timestamp, message_id, body),
    }


def verify(secret: bytes, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """Id of an authentic request made in the last five minutes.

    The caller must refuse an id it has already acted on: that makes a replay harmless. Raises
    ``BadSignature``.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp = lower[ID.lower()], lower[TIMESTAMP.lower()]
        given = lower[SIGNATURE.lower()]
        age = abs(now.timestamp() - int(timestamp))
    except (KeyError, ValueError):
        raise BadSignature("headers missing") from None
    if not hmac.compare_digest(given.encode(), ("v1=" + _mac(secret, timestamp, message_id, body)).encode()):
        raise BadSignature("wrong signature")
    if age > TOLERANCE_SECONDS:
        raise BadSignature("too old")
    return message_id


def set_in(session: Session, keyring: Keyring, operator_id: str, url: str | None, now: datetime) -> str | None:
    """Set (with a new secret, returned in hexadecimal, once) or remove an operator's webhook.

    ``url`` must have passed :func:`referrals.senders.check_webhook_url`.
    """
    row = session.get_one(OperatorRow, operator_id)
    row.webhook_url = url
    row.updated_at = now
    if url is None:
        row.webhook_secret_sealed = None
        return None
    secret = secrets.token_hex(32)
    keyring.create(SYSTEM)
    row.webhook_secret_sealed = keyring.cipher(SYSTEM).seal("operator", "webhook_secret", row.id, secret)
    return secret


def _mac(secret: bytes, timestamp: str, message_id: str, body: bytes) -> str:
    text = timestamp.encode() + b"." + message_id.encode() + b"." + body
    return hmac.new(secret, text, hashlib.sha256).hexdigest()
