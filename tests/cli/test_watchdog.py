"""A process that lives and does nothing any more is ended and started anew; the others are left alone."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from cli import supervision
from cli.supervision import Program
from cli.watchdog import Watchdog
from settings.config import Settings
from tests.stack import ROOT, free_port_block

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while self.path == "/busy":
            pass
        self.send_response(503 if sys.argv[2] == "unready" else 200)
        self.end_headers()
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer.daemon_threads = True
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
BEATING = """
import asyncio, os, pathlib, signal, sys
from settings import heartbeat
def busy(*_):
    while True:
        pass
signal.signal(signal.SIGUSR1, busy)
asyncio.run(heartbeat.keep_beating(pathlib.Path(os.environ["RIENTRO_HEARTBEAT_FILE"])))
"""
PATIENCE = 3.0


class Watched:
    """A real supervisord with small processes, and the watchdog beside it."""

    def __init__(self, folder: Path, programs: list[Program]) -> None:
        self.programs = {program.name: program for program in programs}
        configuration = supervision.write_configuration(Settings(data_dir=folder), programs)
        self.supervisor = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)], cwd=ROOT
        )
        self.ended: list[str] = []
        self.watchdog = Watchdog(self.supervisor.pid, programs, self.ended.append, PATIENCE)
        self.watchdog.start()

    def pid(self, name: str) -> int | None:
        for child in psutil.Process(self.supervisor.pid).children():
            # One that was just killed stays for a moment, without a command, until the supervisor has seen it.
            with contextlib.suppress(psutil.NoSuchProcess):
                if child.cmdline()[-1:] == self.programs[name].command[-1:]:
                    return child.pid
        return None

    def wait_for_another(self, name: str, before: int | None, seconds: float = 60) -> int:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if (pid := self.pid(name)) not in (None, before) and self.answers(name):
                assert pid is not None
                return pid
            time.sleep(0.2)
        raise AssertionError(f"{name} was not replaced")

    def answers(self, name: str) -> bool:
        health = self.programs[name].health
        try:
            return health is None or httpx.get(health, timeout=1).status_code in (200, 503)
        except httpx.HTTPError:
            return False


def make_busy(address: str) -> None:
    """Ask for what the server never stops working on; the answer is not waited for."""
    with contextlib.suppress(httpx.TimeoutException):
        httpx.get(f"{address}busy", timeout=0.5)


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    port = free_port_block(3)
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "beating.py").write_text(BEATING, encoding="utf-8")
    beats = tmp_path / "beats"
    programs = [
        Program(
            name,
            [sys.executable, str(tmp_path / "server.py"), str(port + number), name],
            health=f"http://127.0.0.1:{port + number}/",
        )
        for number, name in enumerate(("one", "two", "unready"))
    ]
    environment = {"RIENTRO_HEARTBEAT_FILE": str(beats), "PYTHONPATH": str(ROOT)}
    programs.append(
        Program(
            "beating", [sys.executable, str(tmp_path / "beating.py"), "beating"], extra=environment, heartbeat=beats
        )
    )
    running = Watched(tmp_path / "dati", programs)
    try:
        for name in running.programs:
            running.wait_for_another(name, None)
        time.sleep(2 * PATIENCE)  # every one gave a sign of life by now
        yield running
    finally:
        running.watchdog.stop()
        running.supervisor.send_signal(signal.SIGTERM)
        running.supervisor.wait(30)


def test_stopped_and_busy_processes_are_replaced_and_nobody_else(watched: Watched) -> None:
    before = {name: watched.pid(name) for name in watched.programs}
    os.kill(before["one"] or 0, signal.SIGSTOP)
    make_busy(str(watched.programs["two"].health))
    os.kill(before["beating"] or 0, signal.SIGUSR1)
    for name in ("one", "two", "beating"):
        watched.wait_for_another(name, before[name])
    assert sorted(watched.ended) == ["beating", "one", "two"]
    assert watched.pid("unready") == before["unready"]  # "not ready" is an answer

    between = {name: watched.pid(name) for name in watched.programs}
    os.kill(between["beating"] or 0, signal.SIGSTOP)
    watched.wait_for_another("beating", between["beating"])
    assert {name: watched.pid(name) for name in ("one", "two")} == {name: between[name] for name in ("one", "two")}


def test_once_told_to_stop_it_ends_nobody(watched: Watched) -> None:
    watched.watchdog.stop()
    before = watched.pid("one")
    os.kill(before or 0, signal.SIGSTOP)
    time.sleep(3 * PATIENCE)
    assert watched.pid("one") == before and not watched.ended
