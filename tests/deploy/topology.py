"""The scaled topology as processes against a real PostgreSQL and a real Redis, started for tests and measurements."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
from redis import Redis
from redis.exceptions import RedisError

from cli import scaled
from tests.stack import ROOT, START_LIMIT_SECONDS, Stack, free_port_block, stop

PORTS = 60


class NoStores(Exception):
    """PostgreSQL or Redis can neither be reached nor started here."""


@dataclass
class Topology(Stack):
    """A running scaled service.

    :ivar scale: how many processes of each kind.
    :ivar database_url: its main database.
    """

    scale: scaled.Scale
    database_url: str

    def gateway(self, number: int) -> str:
        """Address of one gateway alone."""
        return f"http://127.0.0.1:{self.port + scaled.GATEWAYS + number}"

    def figures(self, number: int) -> str:
        """The figures of one gateway."""
        return httpx.get(f"http://127.0.0.1:{self.port + scaled.GATEWAY_FIGURES + number}/metrics").text

    def log(self, prefix: str) -> str:
        """The logs of the processes of one kind (``web``, ``bot``, ``actions``, ``worker``)."""
        return "\n".join(
            path.read_text(errors="replace") for path in sorted(self.data_dir.glob(f"logs/{prefix}-*.log"))
        )


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """URL of a Redis of our own; without the program, that on 127.0.0.1:6379 (its last database).

    :raises NoStores: there is neither.
    """
    program = shutil.which("redis-server")
    if program is None:
        url = os.environ.get("RIENTRO_TEST_REDIS", "redis://127.0.0.1:6379/15")
        try:
            Redis.from_url(url, socket_connect_timeout=1).ping()
        except RedisError as error:
            raise NoStores("Redis neither answers nor is installed (Debian: apt install redis-server)") from error
        yield url
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([*words, "--dir", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        client = Redis(port=port)
        for _ in range(100):
            with contextlib.suppress(RedisError):
                client.ping()
                break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def databases(server: str, *names: str) -> Iterator[list[str]]:
    """Fresh databases on a PostgreSQL server, dropped at the end.

    :param server: URL of its maintenance database.
    """
    with psycopg.connect(server, autocommit=True) as connection:
        for name in names:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield [server.rpartition("/")[0] + "/" + name for name in names]
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            for name in names:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.contextmanager
def running(
    data_dir: Path,
    stores: dict[str, str],
    scale: scaled.Scale | None = None,
    extra: dict[str, str] | None = None,
) -> Iterator[Topology]:
    """Start ``rientro up --scaled`` on free ports, and stop it at the end.

    :param stores: the environment that names PostgreSQL and Redis.
    :param extra: more of the environment.
    :raises RuntimeError: when the service does not start; the message holds what it printed.
    """
    scale = scale or scaled.Scale()
    port = free_port_block(PORTS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RIENTRO_")}
    environment |= {
        "RIENTRO_PORT": str(port),
        "RIENTRO_DATA_DIR": str(data_dir),
        "RIENTRO_MODEL_DIR": str(ROOT / ".rientro" / "model"),
        "RIENTRO_RATE_SESSION": "100000/minute",
        "RIENTRO_RATE_ADDRESS": "100000/minute",
        **stores,
        **(extra or {}),
    }
    counts = [word for name, count in vars(scale).items() for word in (f"--{name}", str(count))]
    output = data_dir.parent / f"{data_dir.name}.out"
    with output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli", "up", "--scaled", *counts],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    url = stores["RIENTRO_DATABASE_URL"]
    service = Topology(f"http://127.0.0.1:{port}", data_dir, port, process, scale, url)
    try:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while "Ctrl-C" not in output.read_text():  # said when every process answers
            if process.poll() is not None or time.monotonic() > deadline:
                tails = [
                    f"--- {path.name}\n{path.read_text(errors='replace')[-1500:]}" for path in data_dir.glob("logs/*")
                ]
                raise RuntimeError(f"the topology did not start:\n{output.read_text()[-3000:]}\n" + "\n".join(tails))
            time.sleep(0.2)
        yield service
    finally:
        stop(process)
