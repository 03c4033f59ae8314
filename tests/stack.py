"""The whole service, started once for the tests that talk to it as people do."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import httpx
import psutil

from tests.guard.places import GUARD

ROOT = Path(__file__).resolve().parent.parent
START_LIMIT_SECONDS = 420  # a first start trains the model


@dataclass
class Stack:
    """A running service.

    :ivar base_url: address of the public listener.
    :ivar data_dir: its data folder.
    :ivar port: public port; internal ones follow it.
    :ivar process: the ``rientro up`` process.
    """

    base_url: str
    data_dir: Path
    port: int
    process: subprocess.Popen[str]

    def pids(self, name: str) -> list[int]:
        """Process ids of the supervised process `name` (``web``, ``actions``, ``bot``, ``worker``)."""
        marks = {
            "web": "web.app:app",
            "actions": "actions.server:app",
            "bot": "bot.serve",
            "worker": "cli.worker",
        }
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if marks[name] in child.cmdline():
                    found.append(child.pid)
        return found

    def kill(self, name: str) -> None:
        """End the supervised process `name` at once, as a crash would."""
        for pid in self.pids(name):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def wait_ready(self, seconds: float = 60) -> None:
        """Wait until every part answers.

        :raises TimeoutError: when it does not within `seconds`.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.base_url}/health/ready", timeout=2).status_code == 200:
                    return
            time.sleep(0.2)
        raise TimeoutError("the service is not ready")


_PORTS_PER_BLOCK = 60
_reserved: list[TextIO] = []


def free_port_block(size: int = 6) -> int:
    """First of `size` consecutive free ports, which no other test process is given as long as this one lives.

    :raises RuntimeError: there is none.
    """
    if size > _PORTS_PER_BLOCK:
        raise ValueError(f"a block has {_PORTS_PER_BLOCK} ports, not {size}")
    folder = Path(tempfile.gettempdir()) / f"rientro-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for start in range(20000, 32000, _PORTS_PER_BLOCK):  # below those that the kernel gives to whoever asks for any
        claim = (folder / str(start)).open("w")
        with contextlib.ExitStack() as sockets:
            try:
                fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for port in range(start, start + size):
                    sockets.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                claim.close()
                continue
        _reserved.append(claim)  # the lock goes with the process
        return start
    raise RuntimeError("no free ports")


def stop(process: subprocess.Popen[str]) -> None:
    """End a ``rientro up`` as Ctrl-C would; what has not ended in 40 seconds is killed, with all it started."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(40)
    except subprocess.TimeoutExpired:
        for child in psutil.Process(process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                child.kill()
        process.kill()


def end_all(pid: int) -> None:
    """End a process and all it started, all at once as when the power goes: nobody starts anything anew meanwhile."""
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        root.suspend()
        for child in root.children():  # supervisord among them
            with contextlib.suppress(psutil.Error):
                child.suspend()
        everybody = [root, *root.children(recursive=True)]
        for process in everybody:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(everybody[1:], timeout=10)


def launch(data_dir: Path, extra_environment: dict[str, str] | None = None) -> Stack:
    """Start ``rientro up`` on free ports over `data_dir`, without waiting for anything.

    The trained model is kept between runs; it is retrained only when its inputs changed.
    """
    port = free_port_block()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIENTRO_")}
    environment |= {
        "RIENTRO_PORT": str(port),
        "RIENTRO_DATA_DIR": str(data_dir),
        "RIENTRO_MODEL_DIR": str(ROOT / ".rientro" / "model"),
        "RIENTRO_RATE_SESSION": "100000/minute",
        "RIENTRO_RATE_ADDRESS": "100000/minute",
    } | (extra_environment or {})
    output = data_dir.parent / f"{data_dir.name}.out"
    GUARD.watch_folder(data_dir / "logs")
    with output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up"],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    return Stack(f"http://127.0.0.1:{port}", data_dir, port, process)


def wait_started(stack: Stack) -> None:
    """Wait until every part of a service just launched answers.

    :raises RuntimeError: when it ends or takes too long; the message holds what it printed.
    """
    deadline = time.monotonic() + START_LIMIT_SECONDS
    while True:
        if stack.process.poll() is not None or time.monotonic() > deadline:
            tails = {
                log.name: log.read_text(errors="replace")[-2000:] for log in sorted(stack.data_dir.glob("logs/*.log"))
            }
            logs = "\n".join(f"--- {name}\n{tail}" for name, tail in tails.items())
            output = stack.data_dir.parent / f"{stack.data_dir.name}.out"
            raise RuntimeError(f"the service did not start:\n{output.read_text()[-3000:]}\n{logs}")
        with contextlib.suppress(TimeoutError):
            stack.wait_ready(2)
            return


@contextlib.contextmanager
def running(data_dir: Path, extra_environment: dict[str, str] | None = None) -> Iterator[Stack]:
    """Start ``rientro up`` as :func:`launch` does, wait until it is ready, and stop it at the end.

    :raises RuntimeError: when the service does not start; the message holds what it printed.
    """
    stack = launch(data_dir, extra_environment)
    try:
        wait_started(stack)
        yield stack
        with contextlib.suppress(httpx.HTTPError):
            GUARD.see_metrics(httpx.get(f"http://127.0.0.1:{stack.port + 4}/metrics").text)
    finally:
        stop(stack.process)
