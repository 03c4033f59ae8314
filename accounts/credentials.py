"""What people change about their own access: password, telephone, recovery codes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.orm import Session

from accounts import attempts, mail, password_choice, passwords, people, second_factor, sessions
from accounts.account import Account
from accounts.errors import NotAdmitted
from accounts.models import AccountRow, AccountSessionRow
from accounts.stores import AccountStores
from accounts.tokens import keyed_hash
from cases import lockout
from cases.db import writing


class Credentials:
    """Every change asks again for what proves it is the owner; wrong answers count as failed attempts."""

    def __init__(self, stores: AccountStores) -> None:
        self._stores = stores

    def has_app(self, account_id: str) -> bool:
        """Whether an authenticator app is set up."""
        with self._stores.session_factory() as session:
            return people.row_in(session, account_id).totp_confirmed_at is not None

    def recovery_codes_left(self, account_id: str) -> int:
        """How many recovery codes still work."""
        with self._stores.session_factory() as session:
            return second_factor.recovery_codes_left_in(session, account_id)

    def change_password(self, account: Account, old: str, new: str, session_id: str, now: datetime) -> None:
        """Set a new password; every session but ``session_id`` ends and the owner is told by e-mail.

        :raises NotAdmitted: the old password is wrong, or the account has none (it enters through a provider).
        :raises Locked: too many attempts.
        :raises WeakPassword: the new one cannot be used.
        """
        password_choice.check(new, (account.name, account.email))
        counter = keyed_hash(self._stores.keyring, "failures-own", account.id)
        with writing(self._stores.session_factory) as session:
            lockout.count_in(session, counter, attempts.ONE, now)
            stored = people.row_in(session, account.id).password_hash
        good, _ = passwords.matches(old, stored)
        if not good:
            raise NotAdmitted
        fresh = passwords.hashed(new)
        with writing(self._stores.session_factory) as session:
            row = people.row_in(session, account.id, lock=True)
            row.password_hash = fresh
            lockout.succeeded_in(session, counter)
            sessions.revoke_in(session, row.id, keep=session_id)
            people.note_in(session, self._stores.keyring, row.id, "password_cambiata", account.actor, now)
            mail.tell_password_changed_in(session, self._stores.keyring, account, now)

    def renew_recovery_codes(self, account: Account, code: str, now: datetime) -> list[str]:
        """Ten new recovery codes against the app's code; the old ones stop working.

        :raises NotAdmitted: wrong code.
        :raises Locked: too many attempts.
        """
        with self._proved(account, code, now, recovery=False) as (session, row):
            codes = second_factor.new_recovery_codes_in(session, self._stores.keyring, row.id)
            people.note_in(session, self._stores.keyring, row.id, "codici_recupero_rinnovati", account.actor, now)
            return codes

    def change_telephone(self, account: Account, code: str, session_id: str, now: datetime) -> None:
        """Forget the app: this session goes back to setting one up, the others end.

        :param code: of the old app, or a recovery code.
        :raises NotAdmitted: wrong code.
        :raises Locked: too many attempts.
        """
        with self._proved(account, code, now, recovery=True) as (session, row):
            second_factor.reset_in(session, row)
            sessions.revoke_in(session, row.id, keep=session_id)
            here = session.get_one(AccountSessionRow, session_id)
            here.stage = sessions.SETUP
            people.note_in(session, self._stores.keyring, row.id, "secondo_fattore_cambiato", account.actor, now)

    @contextmanager
    def _proved(
        self, account: Account, code: str, now: datetime, recovery: bool
    ) -> Iterator[tuple[Session, AccountRow]]:
        counter = keyed_hash(self._stores.keyring, "failures-code", account.id)
        with writing(self._stores.session_factory) as session:
            lockout.count_in(session, counter, attempts.ONE, now)
        with writing(self._stores.session_factory) as session:
            row = people.row_in(session, account.id, lock=True)
            keyring = self._stores.keyring
            good = second_factor.accepts_in(session, keyring, row, code, now) or (
                recovery and second_factor.use_recovery_code_in(session, keyring, row.id, code)
            )
            if not good:
                raise NotAdmitted
            lockout.succeeded_in(session, counter)
            yield session, row
