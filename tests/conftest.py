"""Fixtures shared by all the tests."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import stack as running_stack
from tests.guard.places import GUARD

pytest_plugins = ["tests.guard.plugin", "tests.stages"]

try:
    from tests import disk
except ModuleNotFoundError:
    pass  # the dialogue engine's environment: its tests use no SQLAlchemy
else:
    disk.do_not_wait()

if TYPE_CHECKING:  # the bot's environment has no Playwright
    from playwright.sync_api import Browser, Playwright


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running_stack.Stack]:
    """The whole service on embedded defaults, as a newcomer starts it."""
    with running_stack.running(tmp_path_factory.mktemp("servizio") / "dati") as service:
        yield service


@contextlib.contextmanager
def _event_loop(loop: asyncio.AbstractEventLoop | None) -> Iterator[None]:
    """Let the thread's running event loop be another one, or none."""
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    try:
        yield
    finally:
        asyncio._set_running_loop(before)


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright's one driver: a process may hold only one at a time."""
    from playwright.sync_api import sync_playwright

    manager = sync_playwright()
    driver = manager.__enter__()
    loop = asyncio._get_running_loop()
    yield driver
    with _event_loop(loop):
        manager.__exit__(None, None, None)
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """The one Chromium of all the page tests: the machine's, else Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), playwright_driver.chromium.executable_path)
    if not Path(path).exists():
        pytest.skip("Chromium is not installed: page tests did not run (Debian: apt install chromium)")
    started = playwright_driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
    GUARD.attach_browser(started)
    loop = asyncio._get_running_loop()
    yield started
    with _event_loop(loop):
        started.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Playwright keeps an event loop running in the thread; tests without a page run loops of their own, so it is hidden."""
    if "playwright_driver" in getattr(item, "fixturenames", ()):
        return (yield)
    with _event_loop(None):
        return (yield)
