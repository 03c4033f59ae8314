"""Failed attempts at an account: what they are counted by, and who waits.

A password and a second factor are counted apart. Strangers are counted by account and network, by network alone (one that
tries many accounts), and by account alone with much patience (many networks at one account). A browser that has entered the
account before is counted by itself only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from accounts.tokens import keyed_hash
from cases import lockout
from cases.keys import Keyring
from cases.lockout import Patience, Whence

PASSWORD, CODE, OWN = "failures", "failures-code", "failures-own"
#: For one account from one network or known browser; for a network (a hospital has one); for an account, from anywhere.
ONE = Patience(5)
NETWORK = Patience(100)
ANYWHERE = Patience(50)


@dataclass(frozen=True)
class Attempt:
    """An attempt that is being counted.

    :ivar what: :data:`PASSWORD` or :data:`CODE`. :ivar who: the account's id, or the address that was typed.
    """

    keyring: Keyring
    what: str
    who: str
    whence: Whence

    def count_in(self, session: Session, now: datetime) -> bool:
        """Count it; True if it starts a wait. Raises ``Locked``."""
        if self.whence.device is None:
            started = lockout.count_in(session, self._network, NETWORK, now)
            started = lockout.count_in(session, self._account, ANYWHERE, now) or started
        else:
            started = False
        return lockout.count_in(session, self._both, ONE, now) or started

    def succeeded_in(self, session: Session) -> None:
        """It was none: forget what failed from here, and uncount all of it where others fail too.

        So the mistakes of many people behind one address, who then enter, never add up to a wait.
        """
        tried = lockout.succeeded_in(session, self._both)
        if self.whence.device is None:
            lockout.took_back_in(session, self._network, NETWORK, tried)
            lockout.took_back_in(session, self._account, ANYWHERE, tried)

    @property
    def _both(self) -> str:
        return keyed_hash(self.keyring, self.what, f"{self.who}|{self.whence}")

    @property
    def _account(self) -> str:
        return keyed_hash(self.keyring, f"{self.what}-account", self.who)

    @property
    def _network(self) -> str:
        return keyed_hash(self.keyring, f"{self.what}-network", self.whence.network)
