"""The hotline's pages over real HTTP: two colleagues, a supervisor, and citizens in the chat."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import event

from accounts import demo
from cases.db import writing
from cases.models import JournalRow
from hotline import queue
from settings import clock
from tests.web.conftest import Chat, Site, start_chat

SANDRO, SILVIA = "sportello@example.org", "sportello2@example.org"
SUPERVISOR, DOCTOR = "supervisore@example.org", "medico@example.org"


class Colleague:
    """A browser in which somebody of the hotline has entered; scripts off."""

    def __init__(self, site: Site, email: str) -> None:
        self.site = site
        self.http = httpx.Client(base_url=site.url, headers={"accept": "text/html"}, timeout=60)
        entered = self.post("/accesso", page="/accesso", email=email, password=demo.PASSWORD)
        assert entered.status_code == 303, entered.text

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    def post(self, path: str, page: str = "/sportello/cerca", part: str = "", **fields: Any) -> httpx.Response:
        """Send a form with the token found on ``page``; ``part``: as the page's script does."""
        token = re.search(r'name="gettone" value="([^"]+)"', self.get(page).text).group(1)
        headers = {"x-parte": part} if part else {}
        return self.http.post(path, data=fields | {"gettone": token}, headers=headers)

    def take(self, case_id: str, channel: str = "chat") -> httpx.Response:
        return self.post(f"/sportello/casi/{case_id}/prendi", canale=channel)

    def case(self, case_id: str, act: str, part: str = "", **fields: Any) -> httpx.Response:
        """Act on a case."""
        return self.post(f"/sportello/casi/{case_id}/{act}", part=part, **fields)

    def call(self) -> str:
        """Open a guided call; its case."""
        answer = self.post("/sportello/telefonate")
        return re.search(r"/casi/([0-9a-f]{32})", answer.headers["location"]).group(1)


@pytest.fixture
def enter(site: Site) -> Iterator[Callable[[str], Colleague]]:
    """Let a demo person in."""
    demo.create(site.services.cases.session_factory, site.services.cases.keyring, clock.now())
    opened: list[Colleague] = []

    def make(email: str = SANDRO) -> Colleague:
        opened.append(Colleague(site, email))
        return opened[-1]

    yield make
    for colleague in opened:
        colleague.http.close()


@pytest.fixture
def sandro(enter: Callable[[str], Colleague]) -> Colleague:
    return enter(SANDRO)


@pytest.fixture
def silvia(enter: Callable[[str], Colleague]) -> Colleague:
    return enter(SILVIA)


@pytest.fixture
def citizen(site: Site) -> Iterator[Chat]:
    """A person in the chat who has asked for a person."""
    with site.client() as client:
        chat = start_chat(client)
        ask(site, chat.session)
        yield chat


def ask(site: Site, case_id: str, urgent: bool = False) -> None:
    """Put a conversation into the queue, as the dialogue does."""
    services, now = site.services, clock.now()
    record = services.cases.get(case_id)
    dialogue = record.dialogue | {"wants_person": now.isoformat()}
    with writing(services.cases.session_factory) as session:
        services.cases.update_in(session, case_id, now, "bot", dialogue=dialogue)
        queue.ask_in(session, case_id, now - dt.timedelta(minutes=3), urgent)


def consented(site: Site, case_id: str, **facts: object) -> None:
    """A case whose person agreed to the use of health data and told some facts."""
    services, now = site.services, clock.now()
    services.cases.grant_consent(case_id, "salute", "Sono d'accordo.", "1", now)
    record = services.cases.get(case_id)
    dialogue = record.dialogue | {"health": True, "phase": "raccolta", "question": None}
    services.cases.update(case_id, now, "bot", facts=facts, dialogue=dialogue)


def events(site: Site, subject: str) -> list[str]:
    """What the journal says of a case."""
    with site.services.cases.session_factory() as session:
        rows = session.query(JournalRow).filter_by(subject=subject).order_by(JournalRow.id)
        return [row.event for row in rows]


@pytest.fixture
def statements(site: Site) -> Iterator[list[str]]:
    """The SQL statements the application sends from here on."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            sent.append(statement)

    engine = site.services.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
