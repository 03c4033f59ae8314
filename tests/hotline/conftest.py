"""A hotline with two colleagues, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import event

from accounts import people
from accounts.account import Account
from cases.db import writing
from cases.models import JournalRow
from hotline.hours import Timetable
from hotline.service import Hotline
from tests.cases.conftest import *  # noqa: F403  (databases and a world on each)
from tests.cases.world import World


@dataclass
class Desk:
    """The hotline, its people, and the world around it."""

    world: World
    hotline: Hotline
    sandro: Account
    silvia: Account

    @property
    def now(self):
        """The present of the test."""
        return self.world.now

    def waiting(self, urgent: bool = False, **facts: object) -> str:
        """A case in the queue since now; its id."""
        from hotline import queue

        record = self.world.a_case(**facts)
        with writing(self.world.factory) as session:
            queue.ask_in(session, record.id, self.now, urgent)
        return record.id

    def events(self, subject: str) -> list[tuple[str, str]]:
        """What the journal says of a case or account: (event, actor)."""
        with self.world.factory() as session:
            rows = session.query(JournalRow).filter_by(subject=subject).order_by(JournalRow.id)
            return [(row.event, row.actor) for row in rows]

    def told(self, case_id: str) -> list[tuple[str, str]]:
        """What was said in the chat: (author, text)."""
        return [(turn.author, turn.body["text"]) for turn in self.world.cases.turns(case_id)]


def colleague(world: World, name: str, email: str, role: str = "sportello") -> Account:
    """An account of a professional."""
    with writing(world.factory) as session:
        row = people.create_in(
            session, world.keyring, name=name, email=email, role=role, actor="sistema", now=world.now
        )
        return people.record_in(session, world.keyring, row)


@pytest.fixture
def desk(world: World) -> Desk:
    """A hotline that is open from Monday to Friday, 9-17."""
    sandro = colleague(world, "Sandro Prova", "sandro@example.org")
    silvia = colleague(world, "Silvia Prova", "silvia@example.org")
    return Desk(world, Hotline(world.cases, Timetable(minutes=30, places=2)), sandro, silvia)


@pytest.fixture
def statements(desk: Desk) -> Iterator[list[str]]:
    """The SQL statements sent from here on."""
    sent: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(statement)

    event.listen(desk.world.engine, "before_cursor_execute", note)
    yield sent
    event.remove(desk.world.engine, "before_cursor_execute", note)
