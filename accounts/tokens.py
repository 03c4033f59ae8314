"""Keyed hashes and random secrets of the accounts."""

import hashlib
import hmac
import secrets

from email_validator import EmailNotValidError, validate_email

from cases.keys import Keyring


def scope_of(account_id: str) -> str:
    """Name of the data key that seals an account's personal data."""
    return f"account:{account_id}"


def keyed_hash(keyring: Keyring, kind: str, value: str) -> str:
    """HMAC of a value that could be guessed from its plain hash (address, subject, short code)."""
    key = keyring.secret("accounts")
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


def new_token() -> str:
    """256 random bits for an address or a cookie."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of :func:`new_token`: too random to be guessed, so a plain hash will do."""
    return hashlib.sha256(token.encode()).hexdigest()


def normal_email(email: str) -> str:
    """The address in one spelling.

    :raises ValueError: not an e-mail address; the message is for the person, in Italian.
    """
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise ValueError("Questo indirizzo e-mail non è completo. Controlli come è scritto.") from None


def spelling_of(email: str) -> str:
    """One spelling for all the ways of writing an address, whether or not it is one."""
    try:
        return normal_email(email)
    except ValueError:
        return email.strip().lower()


def email_key(keyring: Keyring, email: str) -> str:
    """How an account is found by its address. Raises ``ValueError`` as :func:`normal_email`."""
    return keyed_hash(keyring, "email", normal_email(email))
