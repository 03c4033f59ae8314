"""The fictitious professionals of the demonstration: one for each role, known password, no second factor.

They exist only in demo mode. A database that once was a demonstration keeps them, but ``Admission.welcomes`` lets nobody
in as them once the mode is ``production``.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from accounts import passwords, people, roles
from accounts.models import AccountRow
from cases.db import SessionFactory, writing
from cases.keys import Keyring
from referrals.directory_models import OperatorRow

#: Printed on the log-in page of the demonstration.
PASSWORD = "tre parole inventate"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """A fictitious professional."""

    role: str
    name: str
    email: str
    territory: tuple[str, ...] = ()


PEOPLE = (
    Person(roles.MEDICO, "Marta Medico (di prova)", "medico@example.org", ("MI", "LO")),
    Person(roles.SPORTELLO, "Sandro Sportello (di prova)", "sportello@example.org"),
    Person(roles.SPORTELLO, "Silvia Sportello (di prova)", "sportello2@example.org"),
    Person(roles.OPERATORE, "Olga Operatore (di prova)", "operatore@example.org"),
    Person(roles.SUPERVISORE, "Sara Supervisore (di prova)", "supervisore@example.org"),
    Person(roles.AMMINISTRATORE, "Aldo Amministratore (di prova)", "amministratore@example.org"),
)


def create(session_factory: SessionFactory, keyring: Keyring, now: datetime) -> int:
    """Create those that are missing; returns how many. Call it in demo mode only.

    The ``operatore`` belongs to the first fictitious operator of the directory, and waits for there to be one.
    """
    made = 0
    with writing(session_factory) as session:
        operator = session.scalar(
            select(OperatorRow.id).where(OperatorRow.demo, OperatorRow.active).order_by(OperatorRow.id).limit(1)
        )
        for person in PEOPLE:
            if people.by_email_in(session, keyring, person.email) is not None:
                continue
            if person.role == roles.OPERATORE and operator is None:
                continue
            row = people.create_in(
                session,
                keyring,
                name=person.name,
                email=person.email,
                role=person.role,
                actor="sistema",
                now=now,
                operator_id=operator,
                territory=person.territory,
                demo=True,
            )
            row.password_hash = passwords.hashed(PASSWORD)
            made += 1
    return made


def exist(session_factory: SessionFactory) -> bool:
    """Whether the demonstration's people are there."""
    with session_factory() as session:
        return session.scalar(select(AccountRow.id).where(AccountRow.demo).limit(1)) is not None
