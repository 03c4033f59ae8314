"""Referral codes and PINs.

A code is ``RT-XXXX-XXXX-XXXX-C``: 60 random bits in Crockford's alphabet (no I, L, O, U) and an ISO
7064 check character that catches every single wrong character and nearly every swap, so that a
mistyped code is told from an unknown one. The PIN is derived from the code with a secret that is
not in the database: a retried request gives the same PIN although only its hash is stored.
"""

import hashlib
import hmac
import secrets

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PREFIX = "RT"
PIN_DIGITS = 6
_LENGTH = 12
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


def new_code() -> str:
    """A fresh random code."""
    return _dress("".join(secrets.choice(ALPHABET) for _ in range(_LENGTH)))


def normalise(text: str) -> str | None:
    """The code somebody typed or dictated, in canonical form; None if it cannot be one.

    Case, spaces, dashes and the prefix are free; I, L are read as 1, O as 0, U as V.
    """
    letters = "".join(c for c in text.upper() if c.isalnum())
    # "RT" is also a possible beginning of a code's body: only the length tells them apart.
    if len(letters) == len(PREFIX) + _LENGTH + 1 and letters.startswith(PREFIX):
        letters = letters[len(PREFIX) :]
    letters = letters.translate(_LOOKALIKES)
    if len(letters) != _LENGTH + 1 or any(c not in ALPHABET for c in letters):
        return None
    try:
        mod_37_36.validate(letters, alphabet=ALPHABET)
    except ValidationError:
        return None
    return _dress(letters[:-1])


def pin_for(secret: bytes, code: str) -> str:
    """The PIN of a code."""
    digest = hmac.new(secret, b"pin\x1f" + code.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest, 'big') % 10**PIN_DIGITS:0{PIN_DIGITS}d}"


def pin_hash(secret: bytes, code: str, pin: str) -> str:
    """What is stored of a PIN. Keyed: a million PINs are soon tried against a plain hash."""
    return hmac.new(secret, f"hash\x1f{code}\x1f{pin}".encode(), hashlib.sha256).hexdigest()


def _dress(body: str) -> str:
    check = mod_37_36.calc_check_digit(body, alphabet=ALPHABET)
    return f"{PREFIX}-{body[:4]}-{body[4:8]}-{body[8:]}-{check}"
