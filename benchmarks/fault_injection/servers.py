"""Servers of our own to break: PostgreSQL, Redis, a mail server. Nothing shared is touched."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
from aiosmtpd.controller import Controller


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Missing(Exception):
    """A program that this machine lacks; the message says which."""


class Postgres:
    """A throw-away cluster, run by an ordinary user (PostgreSQL refuses root)."""

    def __init__(self) -> None:
        """:raises Missing: PostgreSQL is not installed, or cannot make a cluster here; the message says why."""
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb") or ""]
        if not found[-1]:
            raise Missing("PostgreSQL is not installed (Debian: apt install postgresql)")
        self._bin = Path(found[-1]).parent
        self._user: str | None = None
        # A folder of its own: the one of the run belongs to us, and its ordinary user could not enter it.
        folder = self._folder = Path(tempfile.mkdtemp(prefix="rientro-guasti-pg-"))
        if os.geteuid() == 0:
            self._user = "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
            shutil.chown(folder, self._user)
        self._data, self._sockets, self.port = folder / "data", folder, free_port()
        initdb = [str(self._bin / "initdb"), "-D", str(self._data), "-A", "trust", "-U", "postgres"]
        made = subprocess.run(initdb, check=False, user=self._user, capture_output=True, text=True, cwd="/")
        if made.returncode:
            shutil.rmtree(folder, ignore_errors=True)
            raise Missing(f"PostgreSQL could not make a cluster in {folder}: {made.stderr.strip()[-200:]}")
        self.url = f"postgresql://postgres@127.0.0.1:{self.port}/postgres"
        self.start()

    def another(self, name: str) -> str:
        """URL of one more, empty database of this cluster."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        return f"{self.url.rsplit('/', 1)[0]}/{name}"

    def start(self) -> None:
        """Start the server and wait until it answers; after a crash it recovers first."""
        command = [str(self._bin / "postgres"), "-D", str(self._data), "-p", str(self.port), "-k", str(self._sockets)]
        self._process = subprocess.Popen(command, user=self._user, stderr=subprocess.DEVNULL, cwd="/")
        for _ in range(300):
            try:
                psycopg.connect(self.url, connect_timeout=1).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        raise Missing("PostgreSQL did not start")

    def crash(self) -> None:
        """End it at once, as ``pg_ctl stop -m immediate``: no check point, connections cut."""
        import signal

        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def close(self) -> None:
        """End it and remove its cluster."""
        if self._process.poll() is None:
            self.crash()
        shutil.rmtree(self._folder, ignore_errors=True)


class Redis:
    """A Redis of our own, nothing kept on disk."""

    def __init__(self) -> None:
        """:raises Missing: Redis is not installed."""
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if program is None:
            raise Missing("Redis is not installed (Debian: apt install redis-server)")
        self.port = free_port()
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        """Start it, empty."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, cwd="/")
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise Missing("Redis did not start")

    def crash(self) -> None:
        """Kill it: locks, limits and events are gone."""
        self._process.kill()
        self._process.wait(10)

    def close(self) -> None:
        """End it."""
        if self._process.poll() is None:
            self.crash()


class Mail:
    """A mail server that counts what it is handed, by Message-ID, and can go away."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: Counter[str] = Counter()
        self._controller: Any = None
        self.start()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        """Take a mail: only its Message-ID is kept."""
        import email

        self.received[str(email.message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 OK"

    def start(self) -> None:
        """Answer."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Go away; nothing listens on the port."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
