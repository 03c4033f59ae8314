"""A world with accounts: both databases, a clock that moves by hand, real e-mails."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyotp
import pytest

from accounts import links
from accounts.account import Account
from accounts.service import Accounts, Entered
from cases.db import writing
from tests.cases.databases import (  # noqa: F401
    database,
    empty_database,
    postgresql_server,
    postgresql_template,
    sqlite_template,
)
from tests.cases.world import World, world  # noqa: F401

PASSWORD = "sette mele verdi e tre pere"
NETWORK, DEVICE = "192.0.2.1", "Firefox su Linux"
ADMIN = "amministratore:" + "0" * 32


@dataclass
class Person:
    """Somebody who accepted an invitation: what they know and hold."""

    account: Account
    password: str
    app: pyotp.TOTP
    recovery: list[str]
    token: str


class Access:
    """Accounts, and what people do with them."""

    def __init__(self, world: World) -> None:  # noqa: F811
        self.world = world
        self.accounts = Accounts(world.factory, world.keyring, world.settings)

    @property
    def now(self):
        return self.world.now

    def invite(self, email: str = "ada@example.org", role: str = "medico", name: str = "Ada Prova", **more) -> str:
        """Invite somebody; returns the secret that arrived by e-mail."""
        self.accounts.invitations.invite(name, email, role, ADMIN, self.now, **more)
        return self.secret_sent_to(email)

    def secret_sent_to(self, email: str) -> str:
        """The secret of the last link that this address received."""
        self.world.deliver()
        text = self.world.mails(to=email)[-1].text
        return re.search(r"/accesso/invito#(\S+)", text).group(1)

    def accept(self, secret: str, password: str = PASSWORD, **more) -> Entered:
        """Choose a password."""
        return self.accounts.invitations.accept(secret, password, DEVICE, self.now, **more)

    def a_person(self, email: str = "ada@example.org", role: str = "medico", **more) -> Person:
        """Somebody invited, with password and app, inside."""
        made = self.accounts.invitations.invite(more.pop("name", "Ada Prova"), email, role, ADMIN, self.now, **more)
        with writing(self.world.factory) as session:  # by hand: the e-mails have tests of their own
            secret = links.create_in(session, made.id, links.INVITATION, self.now)
        entered = self.accept(secret)
        app = pyotp.TOTP(self.accounts.setup_secret(entered.token, self.now))
        full, recovery = self.accounts.finish_setup(entered.token, self.code(app), self.now)
        self.world.later(minutes=2)  # the next code is another one
        return Person(full.account, PASSWORD, app, recovery, full.token)

    def code(self, app: pyotp.TOTP, steps: int = 0) -> str:
        """What the app shows now, or ``steps`` half minutes from now."""
        return app.generate_otp(int(self.now.timestamp()) // 30 + steps)

    def enter(self, email: str = "ada@example.org", password: str = PASSWORD, network: str = NETWORK) -> Entered:
        """First step of the log-in."""
        return self.accounts.enter(email, password, network, DEVICE, self.now)

    def enter_fully(self, person: Person) -> Entered:
        """Both steps."""
        half = self.enter(person.account.email, person.password)
        full = self.accounts.confirm_code(half.token, self.code(person.app), self.now)
        self.world.later(minutes=2)
        return full

    def events(self, account_id: str) -> list[str]:
        """What the journal says of an account, in order."""
        from accounts import audit

        with self.world.factory() as session:
            rows = audit.page_in(session, self.world.keyring, limit=1000, subject=account_id)
        return [row.event for row in reversed(rows)]


@pytest.fixture
def access(world: World) -> Access:  # noqa: F811
    """An empty world with accounts."""
    return Access(world)
