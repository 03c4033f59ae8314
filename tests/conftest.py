"""Fixtures shared by all the tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import stack as running_stack
from tests.guard.places import GUARD

pytest_plugins = ["tests.guard.plugin"]

if TYPE_CHECKING:  # the bot's environment has no Playwright
    from playwright.sync_api import Browser, Playwright


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running_stack.Stack]:
    """The whole service on embedded defaults, as a newcomer starts it."""
    with running_stack.running(tmp_path_factory.mktemp("servizio") / "dati") as service:
        yield service


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    """Playwright's one driver: a process may hold only one at a time."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright_driver: Playwright) -> Iterator[Browser]:
    """The one Chromium of all the page tests: the machine's, else Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), playwright_driver.chromium.executable_path)
    if not Path(path).exists():
        pytest.skip("Chromium is not installed: page tests did not run (Debian: apt install chromium)")
    started = playwright_driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
    GUARD.attach_browser(started)
    yield started
    started.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Page tests come last: Playwright keeps an event loop running in the thread, and other tests run loops of their own."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))
