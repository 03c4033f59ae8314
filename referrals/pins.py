"""PINs: checked with a limit on wrong tries that grows with insistence.

Tries are counted by referral and by where they come from (:class:`cases.lockout.Whence`): whoever knows a code but not its PIN
locks themselves out, not the person. When many networks have failed at one referral each further network gets one try a
day, so that guessing stays hopeless; the person's own browser keeps its tries.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cases import lockout
from cases.errors import Locked
from cases.keys import Keyring
from cases.lockout import Patience, Whence
from referrals import codes
from referrals.errors import PinLocked
from referrals.models import ReferralRow
from settings import clock

_FIRST, _LONGEST, _FORGOTTEN = timedelta(minutes=15), timedelta(days=1), timedelta(days=30)
PATIENCE = Patience(5, _FIRST, _LONGEST, _FORGOTTEN)
#: After :data:`BESIEGED` wrong tries at one referral, all networks together.
IMPATIENCE = Patience(1, _LONGEST, _LONGEST, _FORGOTTEN)
BESIEGED = 100


def check_in(
    session: Session, keyring: Keyring, code: str, pin: str, now: datetime | None = None, whence: Whence | None = None
) -> bool:
    """See :meth:`referrals.service.Referrals.check_pin`. The row is locked: tries are counted one by one."""
    now, whence = now or clock.now(), whence or Whence()
    canonical = codes.normalise(code)
    if canonical is None:
        return False
    row = session.scalars(select(ReferralRow).where(ReferralRow.code == canonical).with_for_update()).one_or_none()
    if row is None:
        return False
    counter = hmac.new(keyring.secret("pin-failures"), f"{row.code}|{whence}".encode(), hashlib.sha256).hexdigest()
    besieged = row.pin_failures >= BESIEGED and whence.device is None
    try:
        lockout.count_in(session, counter, IMPATIENCE if besieged else PATIENCE, now)
    except Locked as locked:
        raise PinLocked(locked.until) from None
    given = codes.pin_hash(keyring.secret("pin"), row.code, "".join(c for c in pin if c.isdigit()))
    if hmac.compare_digest(given, row.pin_hash):
        lockout.succeeded_in(session, counter)
        row.pin_failures = 0
        return True
    row.pin_failures += 1
    return False
