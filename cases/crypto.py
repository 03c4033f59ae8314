"""AES-256-GCM for one column of one row.

Associated data bind a ciphertext to its scope, table, column and row, so that a value copied to
another row or column by someone who can write the database does not decrypt there.
"""

import json
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cases.errors import DecryptionFailed

KEY_BYTES = 32
_FORMAT = b"\x01"
_NONCE_BYTES = 12


def new_key() -> bytes:
    """A fresh random 256-bit key."""
    return AESGCM.generate_key(bit_length=KEY_BYTES * 8)


def seal(key: bytes, plaintext: bytes, *binding: str) -> bytes:
    """Encrypt ``plaintext``; ``binding`` (table, column, row...) must be repeated to open it."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plaintext, _associated(binding))


def open_sealed(key: bytes, blob: bytes, *binding: str) -> bytes:
    """Decrypt what :func:`seal` made.

    Raises ``DecryptionFailed`` if the blob was altered or belongs to another place or key.
    """
    if blob[:1] != _FORMAT:
        raise DecryptionFailed("unknown ciphertext format")
    nonce, body = blob[1 : 1 + _NONCE_BYTES], blob[1 + _NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, _associated(binding))
    except InvalidTag:
        raise DecryptionFailed("ciphertext does not belong to " + "/".join(binding[:-1])) from None


class Cipher:
    """Seals and opens JSON values of one scope (normally: one case)."""

    def __init__(self, scope: str, key: bytes) -> None:
        self._scope = scope
        self._key = key

    def seal(self, table: str, column: str, row: str, value: Any) -> bytes:
        """Encrypt a JSON value for exactly this place."""
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return seal(self._key, text.encode(), self._scope, table, column, row)

    def open(self, table: str, column: str, row: str, blob: bytes) -> Any:
        """Decrypt a JSON value; raises ``DecryptionFailed`` when it is not from this place."""
        return json.loads(open_sealed(self._key, blob, self._scope, table, column, row))


def _associated(binding: tuple[str, ...]) -> bytes:
    # Lengths are written down so that ("ab", "c") and ("a", "bc") differ.
    return b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in binding)
