"""Inviting people, resetting passwords, and what a link of an e-mail opens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from accounts import links, mail, password_choice, passwords, people, second_factor, sessions
from accounts.account import Account
from accounts.admission import Admission, Entered
from accounts.errors import AccountNotFound, LinkNotValid
from accounts.models import AccountRow
from accounts.stores import AccountStores
from cases.db import writing


class Invitations:
    """Links that let somebody choose a password. The secrets travel by e-mail only, through the outbox."""

    def __init__(self, stores: AccountStores, admission: Admission) -> None:
        self._stores = stores
        self._admission = admission

    def invite(
        self,
        name: str,
        email: str,
        role: str,
        actor: str,
        now: datetime,
        operator_id: str | None = None,
        territory: Iterable[str] = (),
    ) -> Account:
        """Create an account and send the invitation, in one transaction.

        :raises EmailTaken: another account has the address.
        :raises ValueError: wrong address, name or role, or an ``operatore`` without operator.
        """
        with writing(self._stores.session_factory) as session:
            row = people.create_in(
                session,
                self._stores.keyring,
                name=name,
                email=email,
                role=role,
                actor=actor,
                now=now,
                operator_id=operator_id,
                territory=territory,
            )
            self._send_in(session, row, actor, now)
            return people.record_in(session, self._stores.keyring, row)

    def invite_again(self, account_id: str, actor: str, now: datetime) -> None:
        """Send a new invitation; the old one stops working. Raises ``AccountNotFound``."""
        with writing(self._stores.session_factory) as session:
            self._send_in(session, people.row_in(session, account_id, lock=True), actor, now)

    def ask_reset(self, email: str, now: datetime) -> None:
        """Send a link for a new password, if anybody active has this address. Says nothing either way."""
        with writing(self._stores.session_factory) as session:
            row = people.by_email_in(session, self._stores.keyring, email)
            if row is None or not row.active or row.demo or links.just_asked_in(session, row.id, now):
                return
            if row.password_hash is None:
                return  # still to be invited: the invitation is the way in
            token = links.create_in(session, row.id, links.RESET, now)
            record = people.record_in(session, self._stores.keyring, row)
            url = links.url(self._public_url, token)
            mail.send_in(session, self._stores.keyring, "reimposta", record.email, links.cause_of(token), now, link=url)
            people.note_in(session, self._stores.keyring, row.id, "reimposta_chiesta", "sistema", now)

    def rescue(self, email: str, now: datetime) -> str:
        """Forget an account's second factor and give a link for a new password, for whoever runs the machine.

        :returns: the address to open, good once and for an hour.
        :raises AccountNotFound: no active account has this address.
        """
        with writing(self._stores.session_factory) as session:
            row = people.by_email_in(session, self._stores.keyring, email)
            if row is None or not self._admission.welcomes(row):
                raise AccountNotFound
            second_factor.reset_in(session, row)
            sessions.revoke_in(session, row.id)
            people.note_in(session, self._stores.keyring, row.id, "accesso_di_emergenza", "sistema", now)
            return links.url(self._public_url, links.create_in(session, row.id, links.RESET, now))

    def read(self, token: str, now: datetime) -> tuple[str, Account]:
        """What a link is for and whose it is, without using it. Raises ``LinkNotValid``."""
        with self._stores.session_factory() as session:
            purpose, row = links.read_in(session, token, now)
            if not self._admission.welcomes(row):
                raise LinkNotValid
            return purpose, people.record_in(session, self._stores.keyring, row)

    def accept(self, token: str, password: str, device: str, now: datetime, name: str = "", email: str = "") -> Entered:
        """Use a link: set the password and begin a session (other sessions end, the second factor still comes).

        :param name: with ``email``, only for the first administrator, who has none yet.
        :raises LinkNotValid: used, expired or unknown.
        :raises WeakPassword: the password cannot be used; the link still works.
        :raises ValueError: name or address of the first administrator, in Italian.
        :raises EmailTaken: the first administrator's address belongs to somebody.
        """
        purpose, owner = self.read(token, now)
        first = purpose == links.FIRST_START
        password_choice.check(password, (name or owner.name, email or owner.email))
        stored = passwords.hashed(password)
        with writing(self._stores.session_factory) as session:
            row = people.row_in(session, owner.id, lock=True)
            links.use_in(session, token, now)
            if first:
                people.name_in(session, self._stores.keyring, row, name, email)
                if not email:
                    raise ValueError("Scriva un indirizzo e-mail.")
            row.password_hash = stored
            sessions.revoke_in(session, row.id)
            event = "password_cambiata" if purpose == links.RESET else "invito_accettato"
            people.note_in(session, self._stores.keyring, row.id, event, f"{row.role}:{row.id}", now)
            if purpose == links.RESET:
                mail.tell_password_changed_in(session, self._stores.keyring, owner, now)
            return self._admission.begin_in(session, row, "invito", device, now)

    def _send_in(self, session: Session, row: AccountRow, actor: str, now: datetime) -> None:
        token = links.create_in(session, row.id, links.INVITATION, now)
        record = people.record_in(session, self._stores.keyring, row)
        mail.send_in(
            session,
            self._stores.keyring,
            "invito",
            record.email,
            links.cause_of(token),
            now,
            link=links.url(self._public_url, token),
            role=row.role,
            until=now + links.LIFE[links.INVITATION],
        )
        people.note_in(session, self._stores.keyring, row.id, "invito_inviato", actor, now)

    @property
    def _public_url(self) -> str:
        return str(self._stores.settings.public_url)
