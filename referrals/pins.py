"""PINs: checked with a limit on wrong tries that grows with insistence."""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases.keys import Keyring
from referrals import codes
from referrals.errors import PinLocked
from referrals.models import ReferralRow
from settings import clock

FREE_TRIES = 5
_FIRST_LOCK = timedelta(minutes=15)
_LONGEST_LOCK = timedelta(days=1)


def check_in(session: Session, keyring: Keyring, code: str, pin: str, now: datetime | None = None) -> bool:
    """See :meth:`referrals.service.Referrals.check_pin`. The row is locked: tries are counted one by one."""
    now = now or clock.now()
    canonical = codes.normalise(code)
    if canonical is None:
        return False
    row = session.scalars(select(ReferralRow).where(ReferralRow.code == canonical).with_for_update()).one_or_none()
    if row is None:
        return False
    if row.pin_locked_until and row.pin_locked_until > now:
        raise PinLocked(row.pin_locked_until)
    given = codes.pin_hash(keyring.secret("pin"), row.code, "".join(c for c in pin if c.isdigit()))
    if hmac.compare_digest(given, row.pin_hash):
        row.pin_failures = 0
        row.pin_locked_until = None
        return True
    row.pin_failures += 1
    if row.pin_failures >= FREE_TRIES:
        rounds = row.pin_failures - FREE_TRIES
        row.pin_locked_until = now + min(_FIRST_LOCK * 2 ** min(rounds, 20), _LONGEST_LOCK)
    return False
