"""Fixtures shared by all the tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import stack as running_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[running_stack.Stack]:
    """The whole service on embedded defaults, as a newcomer starts it."""
    with running_stack.running(tmp_path_factory.mktemp("servizio") / "dati") as service:
        yield service


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that drives the page tests."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        bundled = playwright.chromium.executable_path
    if Path(bundled).exists():
        return bundled
    pytest.skip("Chromium is not installed: page tests did not run (Debian: apt install chromium)")
