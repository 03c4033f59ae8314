"""Passwords: Argon2id, long rather than complicated, never one that is already in the wild."""

import functools
import re
import secrets
from collections.abc import Iterable

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from accounts.errors import WeakPassword

#: OWASP's second recommended setting for Argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
MIN_LENGTH = 12
MAX_LENGTH = 200
#: Why a password cannot be used, for the person who chose it.
REASONS = {
    "corta": f"La password è corta. Servono almeno {MIN_LENGTH} caratteri: bastano tre o quattro parole a caso.",
    "lunga": f"La password è troppo lunga. Al massimo {MAX_LENGTH} caratteri.",
    "nota": "Questa password è in un elenco di password rubate. Ne scelga un'altra.",
    "indovinabile": "Questa password si indovina con facilità. Aggiunga una o due parole a caso.",
}
#: zxcvbn's scale goes from 0 to 4; 3 means more than 10^8 guesses, with a slow hash out of reach.
_MIN_SCORE = 3
_OUR_WORDS = ("rientro", "lombardia", "regione", "sportello", "medico", "operatore", "amministratore", "password")


@functools.cache
def _nobody() -> str:
    """Verified when the account does not exist, so that the answer takes as long."""
    return _HASHER.hash(secrets.token_urlsafe(24))


def hashed(password: str) -> str:
    """What is stored of a password."""
    return _HASHER.hash(password)


def matches(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether the password is the stored one, and a newer hash when the stored one is outdated.

    Takes as long for ``stored`` None (no such account) as for a real one.
    """
    if len(password) > MAX_LENGTH:
        return False, None
    nobody = _nobody()  # made the first time, whoever asks: that time must not tell either
    good, newer = _HASHER.verify_and_update(password, stored or nobody)
    return (good, newer) if stored else (False, None)


def check(password: str, about: Iterable[str] = ()) -> None:
    """Refuse a password that others could guess.

    :param about: words tied to the person (name, address), which must not be the password's backbone.
    :raises WeakPassword: with codes of :data:`REASONS`.
    """
    reasons = reasons_against(password, about)
    if reasons:
        raise WeakPassword(reasons)


def reasons_against(password: str, about: Iterable[str] = ()) -> list[str]:
    """The codes of :data:`REASONS` that apply to a password; empty when it is good."""
    if len(password) < MIN_LENGTH:
        return ["corta"]
    if len(password) > MAX_LENGTH:
        return ["lunga"]
    words = [part for text in about for part in re.split(r"[^\w]+", text) if len(part) > 2]
    # zxcvbn's cost grows with the square of the length; 72 characters say enough about a passphrase.
    from zxcvbn import zxcvbn  # ten megabytes of words: only where a password is chosen

    found = zxcvbn(password[:72], user_inputs=[*words, *_OUR_WORDS], max_length=72)
    if any(
        match.get("dictionary_name") == "passwords" and match["token"] == password[:72] for match in found["sequence"]
    ):
        return ["nota"]
    return [] if found["score"] >= _MIN_SCORE else ["indovinabile"]
