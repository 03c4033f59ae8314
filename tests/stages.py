"""Which stage a test belongs to and which tests must share a worker: derived from the fixtures that it uses.

``quick`` tests need nothing but this process; ``services`` tests need PostgreSQL, the web application or an engine
behind a port, or a trained model; ``whole`` tests need the running service, a browser, or make data for a long time. A stage is a marker, so
``pytest -m quick`` runs one. Tests that use something expensive, started once, run in one worker.
"""

from __future__ import annotations

import random

import pytest

STAGES = ("quick", "services", "whole")
#: Fixtures that start processes; a fixture that uses one of them counts as well. Each is started in one worker only.
RUNNING = ("topology", "stack")
BROWSER = ("browser", "playwright_driver")
SERVERS = (
    "postgresql_server",
    "make_site",
    "_shared_site",
    "bot_server",
    "probed_bot",
    "small_model",
    "trained_model",
    "pytester",
)
#: From this many generated examples on, a test makes data for a long time.
MANY_EXAMPLES = 100
_FEW = 20  # a summary of fewer tests says nothing
#: Weights of the groups: what takes long begins first, so that no worker waits for it at the end.
_FIRST = ("stack", "topology", "browser")


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--shuffle SEED`` changes the order of tests, so that none can rely on another."""
    parser.addoption("--shuffle", type=int, metavar="SEED", help="run the tests in a random order, made from SEED")


def pytest_configure(config: pytest.Config) -> None:
    """Make the stages known as markers."""
    config.addinivalue_line("markers", "xdist_group(name): runs in one worker with the others of the group")
    config.addinivalue_line("markers", "quick: needs nothing but this process")
    config.addinivalue_line(
        "markers", "services: needs a database server, the web application or an engine behind a port"
    )
    config.addinivalue_line("markers", "whole: needs the running service or a browser, or generates data for long")
    config.addinivalue_line("markers", "any_database: shows something that cannot depend on the kind of database")
    config.addinivalue_line("markers", "long: generates data for a long time; not among the quick tests")


def stage_of(item: pytest.Item) -> str:
    """The stage of a test: see the top of this file."""
    used = set(getattr(item, "fixturenames", ()))
    if used & {*RUNNING, *BROWSER} or any(item.get_closest_marker(name) for name in ("stack", "browser", "long")):
        return "whole"
    if _generates_much(item):
        return "whole"
    if used & set(SERVERS) or _needs_postgresql(item) or item.get_closest_marker("server"):
        return "services"
    return "quick"


def _needs_postgresql(item: pytest.Item) -> bool:
    return item.get_closest_marker("postgresql") is not None


def _generates_much(item: pytest.Item) -> bool:
    function = getattr(item, "function", None)
    if "run_state_machine_as_test" in getattr(getattr(function, "__code__", None), "co_names", ()):
        return True
    settings = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
    return settings is not None and settings.max_examples >= MANY_EXAMPLES


def group_of(item: pytest.Item) -> str | None:
    """The tests of a group run in one worker, one after the other; None: the test may run in any.

    Those that share something expensive are a group, and those that share a fixture of their file.
    """
    used = set(getattr(item, "fixturenames", ()))
    for name in (*RUNNING, "bot_server", "small_model"):
        if name in used:
            return name
    if used & set(BROWSER):
        return "browser"
    info = getattr(item, "_fixtureinfo", None)
    own = [
        definition
        for name, definitions in (info.name2fixturedefs if info else {}).items()
        for definition in definitions
        if definition.scope == "module" and not name.startswith("_each_")
    ]
    return item.nodeid.partition("::")[0].replace("/", ".") if own else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark each test with its stage and its group, and put those that take long first."""
    if (seed := config.getoption("shuffle")) is not None:
        random.Random(seed).shuffle(items)
    groups: dict[pytest.Item, str | None] = {}
    items[:] = [item for item in items if not (_needs_postgresql(item) and item.get_closest_marker("any_database"))]
    for item in items:
        item.add_marker(stage_of(item))
        if group := group_of(item):
            item.add_marker(pytest.mark.xdist_group(group))
        groups[item] = group
    items.sort(key=lambda item: _place(groups[item], item))


def _place(group: str | None, item: pytest.Item) -> tuple[int, str]:
    if group in _FIRST:
        return _FIRST.index(group), ""
    stage = next(name for name in STAGES if item.get_closest_marker(name))
    return len(_FIRST) + STAGES[::-1].index(stage), group or ""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The work of each stage, and the three slowest tests."""
    seconds: dict[str, float] = dict.fromkeys(STAGES, 0.0)
    tests: dict[str, set[str]] = {stage: set() for stage in STAGES}
    slow: dict[str, float] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if not isinstance(report, pytest.TestReport):
                continue
            for stage in STAGES:
                if stage in report.keywords:
                    seconds[stage] += report.duration
                    tests[stage].add(report.nodeid)
            slow[report.nodeid] = slow.get(report.nodeid, 0.0) + report.duration
    if len(slow) < _FEW:
        return
    for stage in STAGES:
        if tests[stage]:
            terminalreporter.write_line(f"{stage}: {len(tests[stage])} tests, {seconds[stage]:.0f} s of work")
    slowest = sorted(slow, key=slow.__getitem__, reverse=True)[:3]
    terminalreporter.write_line("slowest: " + ", ".join(f"{name} {slow[name]:.1f} s" for name in slowest))
