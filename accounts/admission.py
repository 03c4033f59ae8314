"""Who is admitted, and how a session begins: the part that every way of entering shares."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from accounts import links, people, sessions
from accounts.account import Account
from accounts.models import AccountRow, AccountSessionRow
from accounts.stores import AccountStores
from cases import lockout


@dataclass(frozen=True)
class Entered:
    """A session just begun: the cookie's token, and what is still asked (``accounts.sessions`` stages)."""

    token: str
    stage: str
    account: Account


class Admission:
    """Decides whether an account may enter and opens its sessions, inside the caller's transaction."""

    def __init__(self, stores: AccountStores) -> None:
        self._stores = stores

    def waives_code(self, row: AccountRow) -> bool:
        """Whether no second factor is asked: only the fictitious people of the demonstration."""
        return row.demo and self._stores.settings.mode == "demo"

    def welcomes(self, row: AccountRow) -> bool:
        """Whether this account may enter at all."""
        return row.active and row.erased_at is None and (not row.demo or self._stores.settings.mode == "demo")

    def begin_in(
        self, session: Session, row: AccountRow, method: str, device: str, now: datetime, strong: bool = False
    ) -> Entered:
        """Open a session at the stage this account deserves; ``strong``: the provider already asked two factors."""
        stage = sessions.CODE if row.totp_confirmed_at is not None else sessions.SETUP
        if strong or self.waives_code(row):
            stage = sessions.FULL
        token = sessions.open_in(session, row.id, stage, method, device, now, self._stores.lives)
        if stage == sessions.FULL:
            self._entered_in(session, row, method, now)
        return Entered(token, stage, people.record_in(session, self._stores.keyring, row))

    def promote_in(self, session: Session, row: AccountRow, session_id: str, method: str, now: datetime) -> Entered:
        """Make a session full after its second factor, under a new token.

        A token seen before the second factor is worth nothing after it.
        """
        device = session.get_one(AccountSessionRow, session_id).device
        sessions.revoke_in(session, row.id, session_id)
        token = sessions.open_in(session, row.id, sessions.FULL, method, device, now, self._stores.lives)
        self._entered_in(session, row, method, now)
        return Entered(token, sessions.FULL, people.record_in(session, self._stores.keyring, row))

    def _entered_in(self, session: Session, row: AccountRow, method: str, now: datetime) -> None:
        row.last_login_at = now
        session.flush()
        for purge in (sessions.purge_in, links.purge_in, lockout.purge_in):
            purge(session, now, False)
        people.note_in(
            session, self._stores.keyring, row.id, "accesso_riuscito", f"{row.role}:{row.id}", now, method=method
        )
