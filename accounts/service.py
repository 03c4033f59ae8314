"""Professional access: enter, second factor, sessions, invitations. Every method is one transaction or says otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from accounts import attempts, links, passwords, people, second_factor, sessions
from accounts.account import Account, SessionView
from accounts.admission import Admission, Entered
from accounts.attempts import Attempt
from accounts.credentials import Credentials
from accounts.errors import NotAdmitted
from accounts.identities import Identities
from accounts.invitations import Invitations
from accounts.models import AccountRow, AccountSessionRow
from accounts.stores import AccountStores
from accounts.tokens import spelling_of
from accounts.visits import Visits
from cases.db import SessionFactory, writing
from cases.keys import Keyring
from cases.lockout import Whence
from referrals.directory_models import OperatorRow
from referrals.models import ReferralRow
from settings.config import Settings


@dataclass(frozen=True)
class OpenSession:
    """A session and whose it is, for administrators.

    :ivar account: None for a visit by an e-mail's link, which is told by ``operator`` and the ``code`` of its referral.
    """

    session: SessionView
    account: Account | None
    operator: str = ""
    code: str = ""


@dataclass(frozen=True)
class Current:
    """Who is behind a cookie, and how far they have come."""

    session_id: str
    stage: str
    method: str
    account: Account
    strong_at: datetime | None = None


class Accounts:
    """Professional accounts. ``now`` is always an aware datetime; ``actor`` is ``Account.actor`` or ``sistema``."""

    def __init__(self, session_factory: SessionFactory, keyring: Keyring, settings: Settings) -> None:
        self.session_factory = session_factory
        self.keyring = keyring
        self.settings = settings
        self.stores = AccountStores(session_factory, keyring, settings)
        self.admission = Admission(self.stores)
        self.invitations = Invitations(self.stores, self.admission)
        self.identities = Identities(self.stores, self.admission)
        self.credentials = Credentials(self.stores)
        self.visits = Visits(self.stores)

    # entering

    def enter(
        self, email: str, password: str, network: str, device: str, now: datetime, known: str | None = None
    ) -> Entered:
        """First step: address and password.

        :param network: where the attempt comes from (an address; only its keyed hash is kept).
        :param device: the browser in a few words (:func:`accounts.sessions.device_words`).
        :param known: id of this browser, if it entered this account before.
        :raises NotAdmitted: wrong address or password, or a suspended account.
        :raises Locked: too many attempts.
        """
        attempt = Attempt(self.keyring, attempts.PASSWORD, spelling_of(email), Whence(network, known))
        with writing(self.session_factory) as session:
            locks = attempt.count_in(session, now)
        with self.session_factory() as session:
            row = people.by_email_in(session, self.keyring, email)
        # Hashing takes a while on purpose: not inside a transaction.
        good, newer = passwords.matches(password, row.password_hash if row else None)
        if row is None or not good or not self.admission.welcomes(row):
            if locks and row is not None:
                with writing(self.session_factory) as session:
                    people.note_in(session, self.keyring, row.id, "accesso_bloccato", "sistema", now)
            raise NotAdmitted
        with writing(self.session_factory) as session:
            fresh = people.row_in(session, row.id, lock=True)
            if not self.admission.welcomes(fresh) or fresh.password_hash != row.password_hash:
                raise NotAdmitted  # changed while we were checking
            attempt.succeeded_in(session)
            if newer:
                fresh.password_hash = newer
            return self.admission.begin_in(session, fresh, "password", device, now)

    def confirm_code(
        self, token: str, code: str, now: datetime, recovery: bool = False, whence: Whence | None = None
    ) -> Entered:
        """Second step: the app's code, or a recovery code. The cookie's token changes.

        :param whence: where the attempt comes from.
        :raises NotAdmitted: wrong code, or the first step is too long ago.
        :raises Locked: too many attempts.
        """
        current = self._at_stage(token, sessions.CODE, now)
        attempt = Attempt(self.keyring, attempts.CODE, current.account.id, whence or Whence())
        with writing(self.session_factory) as session:
            locks = attempt.count_in(session, now)
        with writing(self.session_factory) as session:
            row = people.row_in(session, current.account.id, lock=True)
            if recovery:
                good = second_factor.use_recovery_code_in(session, self.keyring, row.id, code)
            else:
                good = second_factor.accepts_in(session, self.keyring, row, code, now)
            if good:
                attempt.succeeded_in(session)
                if recovery:
                    left = second_factor.recovery_codes_left_in(session, row.id)
                    people.note_in(session, self.keyring, row.id, "codice_recupero_usato", "sistema", now, left=left)
                return self.admission.promote_in(session, row, current.session_id, current.method, now)
            if locks:
                people.note_in(session, self.keyring, row.id, "accesso_bloccato", "sistema", now)
        raise NotAdmitted

    # the second factor

    def setup_secret(self, token: str, now: datetime) -> str:
        """The secret to put into the app, for a session that is setting one up. Raises ``NotAdmitted``."""
        current = self._at_stage(token, sessions.SETUP, now)
        with writing(self.session_factory) as session:
            return second_factor.begin_in(session, self.keyring, people.row_in(session, current.account.id, lock=True))

    def finish_setup(self, token: str, code: str, now: datetime) -> tuple[Entered, list[str]]:
        """Confirm the app with its first code: the session becomes full; returns it and the recovery codes.

        :raises NotAdmitted: the code is not the app's.
        :raises Locked: too many attempts.
        """
        current = self._at_stage(token, sessions.SETUP, now)
        attempt = Attempt(self.keyring, attempts.CODE, current.account.id, Whence("setup"))
        with writing(self.session_factory) as session:
            attempt.count_in(session, now)
        with writing(self.session_factory) as session:
            row = people.row_in(session, current.account.id, lock=True)
            if row.totp_confirmed_at is not None or not second_factor.accepts_in(session, self.keyring, row, code, now):
                raise NotAdmitted
            row.totp_confirmed_at = now
            attempt.succeeded_in(session)
            codes = second_factor.new_recovery_codes_in(session, self.keyring, row.id)
            people.note_in(session, self.keyring, row.id, "secondo_fattore_attivato", _actor(row), now)
            return self.admission.promote_in(session, row, current.session_id, current.method, now), codes

    def reset_second_factor(self, account_id: str, actor: str, now: datetime) -> None:
        """For who lost telephone and codes: the next entry sets up a new app. Every session ends."""
        with writing(self.session_factory) as session:
            row = people.row_in(session, account_id, lock=True)
            second_factor.reset_in(session, row)
            sessions.revoke_in(session, row.id)
            people.note_in(session, self.keyring, row.id, "secondo_fattore_azzerato", actor, now)

    # sessions

    def current(self, token: str | None, now: datetime, touch: bool = True) -> Current | None:
        """Who is behind a cookie's token; None if the session ended.

        :param touch: note that it is in use. Not for what a page asks by itself: a screen nobody uses must close.
        """
        if not token:
            return None
        with self.session_factory() as session:
            found = sessions.find_in(session, token, now, self.stores.lives)
            if found is None or not self.admission.welcomes(found[1]):
                return None
            row, owner = found
            account = people.record_in(session, self.keyring, owner)
        if touch and sessions.wants_touch(row, now):
            with writing(self.session_factory) as session:
                sessions.touch_in(session, row.id, now)
        strong_at = now if self.admission.waives_code(owner) else row.strong_at
        return Current(row.id, row.stage, row.method, account, strong_at)

    def confirm_again(self, token: str, code: str, now: datetime, whence: Whence | None = None) -> None:
        """The second factor once more, inside: for what asks for a recent one.

        :raises NotAdmitted: wrong code, no full session, or no second factor of ours (a provider asked for it).
        :raises Locked: too many attempts.
        """
        current = self._at_stage(token, sessions.FULL, now)
        attempt = Attempt(self.keyring, attempts.CODE, current.account.id, whence or Whence())
        with writing(self.session_factory) as session:
            attempt.count_in(session, now)
        with writing(self.session_factory) as session:
            row = people.row_in(session, current.account.id, lock=True)
            if not second_factor.accepts_in(session, self.keyring, row, code, now):
                raise NotAdmitted
            attempt.succeeded_in(session)
            session.get_one(AccountSessionRow, current.session_id).strong_at = now
            people.note_in(session, self.keyring, row.id, "secondo_fattore_ripetuto", current.account.actor, now)

    def sessions(self, account_id: str, now: datetime, current: str | None = None) -> list[SessionView]:
        """The open sessions of an account; ``current`` is the one of this browser."""
        with self.session_factory() as session:
            return sessions.list_in(session, account_id, now, self.stores.lives, current)

    def leave(self, token: str | None, now: datetime) -> None:
        """End the session of a cookie."""
        current = self.current(token, now)
        if current is None:
            return
        with writing(self.session_factory) as session:
            sessions.revoke_in(session, current.account.id, current.session_id)
            people.note_in(session, self.keyring, current.account.id, "uscita", current.account.actor, now)

    def revoke(
        self, account_id: str, actor: str, now: datetime, session_id: str | None = None, keep: str | None = None
    ) -> int:
        """End one session of an account, or all but ``keep``; returns how many ended."""
        with writing(self.session_factory) as session:
            count = sessions.revoke_in(session, account_id, session_id, keep)
            if count:
                people.note_in(session, self.keyring, account_id, "sessioni_revocate", actor, now, count=count)
            return count

    # people

    def get(self, account_id: str) -> Account:
        """An account. Raises ``AccountNotFound``."""
        with self.session_factory() as session:
            return people.record_in(session, self.keyring, people.row_in(session, account_id))

    def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Names by account id, for lists that say who did what; erased accounts are absent."""
        with self.session_factory() as session:
            rows = session.scalars(select(AccountRow).where(AccountRow.id.in_(set(ids)))).all()
        return {found.id: found.name for found in people.records_of(self.keyring, rows)}

    def list(self, role: str | None = None, limit: int = 50, offset: int = 0) -> tuple[list[Account], int]:
        """A page of accounts, newest first, and how many there are in all."""
        with self.session_factory() as session:
            return people.list_in(session, self.keyring, role, limit, offset)

    def search(self, text: str, limit: int = 50) -> Sequence[Account]:
        """Accounts with this e-mail address, or with these words in the name."""
        with self.session_factory() as session:
            return people.search_in(session, self.keyring, text, limit)

    def invitations_pending(self, ids: Iterable[str], now: datetime) -> dict[str, datetime]:
        """Those of the accounts whose invitation still works, and until when."""
        with self.session_factory() as session:
            return links.pending_in(session, ids, now)

    def open_sessions(self, now: datetime, limit: int = 50, offset: int = 0) -> tuple[Sequence[OpenSession], int]:
        """Every open session, the last used first, and how many there are."""
        with self.session_factory() as session:
            found, count = sessions.everyone_in(session, now, self.stores.lives, limit, offset)
            rows = session.scalars(select(AccountRow).where(AccountRow.id.in_({row.account_id for row in found}))).all()
            owners = {record.id: record for record in people.records_of(self.keyring, rows)}
            query = (
                select(ReferralRow.id, OperatorRow.name, ReferralRow.code)
                .join(OperatorRow, OperatorRow.id == ReferralRow.operator_id)
                .where(ReferralRow.id.in_({row.referral_id for row in found if row.referral_id}))
            )
            visited = {row[0]: (row[1], row[2]) for row in session.execute(query)}
        return [
            OpenSession(sessions.view(row), owners.get(row.account_id or ""), *visited.get(row.referral_id or "", ()))
            for row in found
            if row.account_id in owners or row.referral_id in visited
        ], count

    def set_active(self, account_id: str, active: bool, actor: str, now: datetime) -> None:
        """Suspend (every session and invitation ends) or readmit. Raises ``AccountNotFound``, ``LastAdministrator``."""
        with writing(self.session_factory) as session:
            people.set_active_in(session, self.keyring, account_id, active, actor, now)

    def change(
        self, account_id: str, role: str, operator_id: str | None, territory: Iterable[str], actor: str, now: datetime
    ) -> None:
        """Change what an account may do; its sessions end.

        :raises ValueError: unknown role, or an ``operatore`` without operator; in Italian.
        :raises LastAdministrator: nobody else could administer.
        """
        with writing(self.session_factory) as session:
            people.change_in(
                session,
                self.keyring,
                account_id,
                role=role,
                operator_id=operator_id,
                territory=territory,
                actor=actor,
                now=now,
            )

    def erase(self, account_id: str, actor: str, now: datetime) -> None:
        """Destroy name, address and every way in. Raises ``AccountNotFound``, ``LastAdministrator``."""
        with writing(self.session_factory) as session:
            people.erase_in(session, self.keyring, account_id, actor, now)

    def _at_stage(self, token: str, stage: str, now: datetime) -> Current:
        current = self.current(token, now)
        if current is None or current.stage != stage:
            raise NotAdmitted
        return current


def _actor(row: AccountRow) -> str:
    return f"{row.role}:{row.id}"
