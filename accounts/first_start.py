"""The first administrator: a new installation has nobody, so whoever started it gets a one-time link."""

from datetime import datetime

from sqlalchemy import select

from accounts import demo, links, people, roles
from accounts.models import AccountRow
from cases.db import SessionFactory, writing
from cases.keys import Keyring
from settings.config import Settings


def first_start(settings: Settings, session_factory: SessionFactory, keyring: Keyring, now: datetime) -> str | None:
    """Make sure somebody can enter; returns the address to open, None when an administrator already exists.

    In production the address carries a secret that works once, for a day; starting again makes a new one and the old
    one stops working. In demo mode the fictitious people are created, and the address is the log-in page that lists them.
    """
    if settings.mode == "demo":
        demo.create(session_factory, keyring, now)
        return f"{settings.public_url}/accesso"
    with writing(session_factory) as session:
        query = select(AccountRow).where(
            AccountRow.role == roles.AMMINISTRATORE, AccountRow.active, AccountRow.demo.is_(False)
        )
        administrators = session.scalars(query.order_by(AccountRow.created_at, AccountRow.id)).all()
        if any(row.password_hash or row.last_login_at for row in administrators):
            return None
        waiting = next((row for row in administrators if row.email_key is None), None)
        if waiting is None:
            waiting = people.create_in(
                session,
                keyring,
                name="Prima persona che amministra",
                email=None,
                role=roles.AMMINISTRATORE,
                actor="sistema",
                now=now,
            )
        return links.url(str(settings.public_url), links.create_in(session, waiting.id, links.FIRST_START, now))
