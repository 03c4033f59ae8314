"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for who lost it."""

import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from accounts.models import AccountRow, RecoveryCodeRow
from accounts.rows import touched
from accounts.tokens import keyed_hash, scope_of
from cases.keys import Keyring

ISSUER = "Rientro"
STEP_SECONDS = 30
RECOVERY_CODES = 10
# Letters and digits that nobody confuses on paper: no 0 O 1 I L. 8 of them are 39 bits, and attempts are limited.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def begin_in(session: Session, keyring: Keyring, row: AccountRow) -> str:
    """The secret to put into the app: the one already shown, until it is confirmed."""
    if row.totp_sealed is None:
        secret = pyotp.random_base32()
        row.totp_sealed = keyring.cipher(scope_of(row.id)).seal("account", "totp", row.id, secret)
        row.totp_confirmed_at = None
        row.totp_last_step = 0
        session.flush()
        return secret
    return _secret(keyring, row)


def address(secret: str, email: str) -> str:
    """The ``otpauth:`` address that the QR code carries."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def accepts_in(session: Session, keyring: Keyring, row: AccountRow, code: str, now: datetime) -> bool:
    """Whether a code is the app's, now or half a minute before or after; each code is good only once."""
    digits = "".join(code.split())
    if row.totp_sealed is None or len(digits) != 6 or not digits.isascii() or not digits.isdigit():
        return False
    generator = pyotp.TOTP(_secret(keyring, row))
    step = int(now.timestamp()) // STEP_SECONDS
    for candidate in (step - 1, step, step + 1):
        good = hmac.compare_digest(generator.generate_otp(candidate), digits)
        if good and candidate > row.totp_last_step:
            row.totp_last_step = candidate
            session.flush()
            return True
    return False


def reset_in(session: Session, row: AccountRow) -> None:
    """Forget app and recovery codes: the next entry sets up new ones."""
    row.totp_sealed = row.totp_confirmed_at = None
    row.totp_last_step = 0
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == row.id))
    session.flush()


def new_recovery_codes_in(session: Session, keyring: Keyring, account_id: str) -> list[str]:
    """Fresh recovery codes, shown once; the old ones stop working."""
    session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id))
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(8)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        session.add(RecoveryCodeRow(account_id=account_id, code_hash=_recovery_hash(keyring, account_id, code)))
    session.flush()
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def use_recovery_code_in(session: Session, keyring: Keyring, account_id: str, code: str) -> bool:
    """Use a recovery code up; False if it is none of the account's."""
    plain = "".join(character for character in code.upper() if character.isalnum())
    done = touched(
        session,
        delete(RecoveryCodeRow).where(
            RecoveryCodeRow.account_id == account_id,
            RecoveryCodeRow.code_hash == _recovery_hash(keyring, account_id, plain),
        ),
    )
    return bool(done)


def recovery_codes_left_in(session: Session, account_id: str) -> int:
    """How many recovery codes still work."""
    query = select(func.count()).select_from(RecoveryCodeRow).where(RecoveryCodeRow.account_id == account_id)
    return session.scalar(query) or 0


def _secret(keyring: Keyring, row: AccountRow) -> str:
    if row.totp_sealed is None:
        raise LookupError("no second factor")
    secret: str = keyring.cipher(scope_of(row.id)).open("account", "totp", row.id, row.totp_sealed)
    return secret


def _recovery_hash(keyring: Keyring, account_id: str, code: str) -> str:
    return keyed_hash(keyring, f"recovery:{account_id}", code)
