"""Sealed form state: what a page must carry from one step to the next, readable by nobody but this server.

The check of requirements works without JavaScript and without storing anything: answers about health travel inside the
form as an encrypted, authenticated and expiring value, never in an address.
"""

from __future__ import annotations

import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken


class SealBroken(Exception):
    """The value was altered, comes from another server or is older than allowed."""


class Sealer:
    """Seals and opens small JSON values."""

    def __init__(self, secret: str) -> None:
        """:param secret: 32 random bytes in URL-safe base64 without padding (``Settings.internal_secret``)."""
        self._fernet = Fernet(secret + "=" * (-len(secret) % 4))

    def seal(self, purpose: str, value: Any) -> str:
        """Encrypt ``value``; it opens only for the same ``purpose``."""
        return self._fernet.encrypt(json.dumps([purpose, value], ensure_ascii=False).encode()).decode("ascii")

    def open(self, purpose: str, sealed: str, max_age_seconds: int = 4 * 3600) -> Any:
        """Decrypt what :meth:`seal` made.

        :raises SealBroken: altered, foreign, made for another purpose or older than ``max_age_seconds``.
        """
        try:
            made_for, value = json.loads(self._fernet.decrypt(sealed.encode(), ttl=max_age_seconds))
        except (InvalidToken, ValueError, UnicodeError) as error:
            raise SealBroken from error
        if made_for != purpose:
            raise SealBroken
        return value
