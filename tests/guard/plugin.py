"""The guard as a pytest plugin: on by itself, for every test."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.guard.places import GUARD, Guard


@pytest.fixture(scope="session", autouse=True)
def _logs_as_in_production() -> None:
    """What is logged is written as it would be on a real machine, so that the guard judges that."""
    try:
        import structlog

        from settings import logs
    except ModuleNotFoundError:
        return  # the dialogue engine's environment: its server has logs of its own, in a file
    logs.configure("test")
    lines = io.StringIO()  # pytest swaps the standard output under threads that outlive a test
    structlog.configure(**structlog.get_config() | {"logger_factory": structlog.PrintLoggerFactory(lines)})
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stdout:
            handler.setStream(lines)


@pytest.fixture(scope="session")
def guard() -> Guard:
    """The guard itself, for tests that start processes or hold data of their own."""
    return GUARD


def pytest_configure(config: pytest.Config) -> None:
    """The only way out: a test that asks for an address with personal data in it, to see what becomes of them."""
    config.addinivalue_line("markers", "personal_data_in_address: asks for such an address on purpose")


@pytest.fixture(scope="module", autouse=True)
def _each_file_has_its_own_people() -> None:
    """Among the thousands of words, PINs and codes of a whole run, some would be equal to something harmless said later."""
    GUARD.register.forget()


@pytest.fixture(autouse=True)
def _nothing_personal_gets_out(request: pytest.FixtureRequest, _logs_as_in_production: None) -> Iterator[None]:
    GUARD.attach()
    GUARD.register.learning = not getattr(request.function, "is_hypothesis_test", False)
    yield
    GUARD.register.learning = True
    GUARD.attach()
    found = GUARD.leaks()
    if request.node.get_closest_marker("personal_data_in_address"):
        found = [leak for leak in found if not leak.startswith("address asked")]
    if found:
        pytest.fail("a personal datum got out:\n" + "\n".join(found), pytrace=False)


_said_by_workers: list[str] = []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What other processes said last, after the last test, counts too; with parallel workers, each tells the first process."""
    found = GUARD.leaks()
    if (told := getattr(session.config, "workeroutput", None)) is not None:
        told["leaks"] = found
    elif found := found + _said_by_workers:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\na personal datum got out after the last test:\n" + "\n".join(found), file=sys.stderr)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Keep what a parallel worker saw after its last test."""
    _said_by_workers.extend(getattr(node, "workeroutput", {}).get("leaks", ()))
