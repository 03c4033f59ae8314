"""The real application over real HTTP and a real SQLite database; only the dialogue engine can be told to fail."""

from __future__ import annotations

import io
import itertools
import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from sqlalchemy import delete

from cases.db import writing
from cases.models import BudgetRow
from referrals.directory import Directory
from settings import clock, logs
from settings.config import Settings
from tests.web.engine import Engine, Server
from web.app import create_app
from web.security.limits import RateLimits

ROOT = Path(__file__).resolve().parents[2]
DEMO_OPERATORS = ROOT / "referrals" / "demo" / "operatori.csv"


@pytest.fixture(scope="session", autouse=True)
def log_lines() -> io.StringIO:
    """Everything logged so far, formatted as in production.

    Servers run in threads here: they must not write to the standard output that pytest swaps under them.
    """
    lines = io.StringIO()
    logs.configure("test")
    structlog.configure(**structlog.get_config() | {"logger_factory": structlog.PrintLoggerFactory(lines)})
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(lines)
    return lines


@dataclass
class Site:
    """A running application and what stands behind it."""

    url: str
    engine: Engine
    engine_server: Server
    application: Any
    settings: Settings

    @property
    def services(self) -> Any:
        """The application's own services, to look behind its back."""
        return self.application.state.services

    def client(self, **options: Any) -> httpx.Client:
        """A browser-like client: it keeps cookies."""
        return httpx.Client(base_url=self.url, timeout=30, **options)


@dataclass
class Chat:
    """A conversation as a program holds it."""

    client: httpx.Client
    session: str
    token: str
    opening: list[dict[str, Any]]

    @property
    def path(self) -> str:
        return f"/api/v1/chat/sessions/{self.session}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def say(self, text: str | None = None, key: str | None = None, **body: Any) -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        content = body or {"text": text}
        return self.client.post(f"{self.path}/messages", json=content, headers=headers)

    def read(self) -> dict[str, Any]:
        response = self.client.get(self.path, headers=self.headers)
        assert response.status_code == 200, response.text
        return response.json()


def _start(data_dir: Path, running: list[Server], overrides: dict[str, Any]) -> Site:
    engine = Engine()
    behind = Server(engine.application()).start()
    running.append(behind)
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "bot_url": behind.url,
        "actions_url": behind.url,
        "bot_timeout_seconds": 1.0,
        "rate_session": "100000/minute",
        "rate_address": "100000/minute",
        "rate_conversation": "100000/minute",
        "rate_opening": "100000/minute",
    } | overrides
    settings = Settings(**values)
    application = create_app(settings)
    server = Server(application).start()
    running.append(server)
    return Site(server.url, engine, behind, application, settings)


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Start applications with settings of one's own."""
    running: list[Server] = []
    names = itertools.count()

    def make(**overrides: Any) -> Site:
        return _start(tmp_path / f"data{next(names)}", running, overrides)

    yield make
    for server in reversed(running):
        server.stop()


@pytest.fixture(scope="session")
def _shared_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    running: list[Server] = []
    shared = _start(tmp_path_factory.mktemp("web") / "data", running, {})
    directory = Directory(shared.services.cases.session_factory)
    assert directory.import_csv(DEMO_OPERATORS, clock.now()).ok
    yield shared
    for server in reversed(running):
        server.stop()


@pytest.fixture
def site(_shared_site: Site) -> Site:
    """An application with the default settings and the demo operators; the engine is healthy again for each test."""
    for name, value in vars(Engine()).items():
        setattr(_shared_site.engine, name, value)
    _shared_site.services.limits = RateLimits(_shared_site.settings)
    with writing(_shared_site.services.cases.session_factory) as session:
        session.execute(delete(BudgetRow))
    return _shared_site


@pytest.fixture
def own_site(make_site: Callable[..., Site]) -> Site:
    """An application that the test may break."""
    return make_site()


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    """A client of :func:`site`."""
    with site.client() as opened:
        yield opened


def start_chat(client: httpx.Client, role: str = "cittadino") -> Chat:
    """Begin a conversation."""
    response = client.post("/api/v1/chat/sessions", json={"role": role})
    assert response.status_code == 201, response.text
    content = response.json()
    return Chat(client, content["session"], content["token"], content["messages"])


@pytest.fixture
def chat(site: Site) -> Iterator[Chat]:
    """A conversation of a program without cookies."""
    with site.client() as opened:
        conversation = start_chat(opened)
        opened.cookies.clear()
        yield conversation
