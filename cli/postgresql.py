"""PostgreSQL's own programs, fed and read in pieces."""

from __future__ import annotations

import os
import secrets
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, cast

import psycopg
from sqlalchemy import URL, inspect

from cases.db import make_engine

_READ = 1 << 20
_WAIT_SECONDS = 3600


class ProgramFailed(Exception):
    """Why one of the programs did not do its work, in words for the person at the terminal."""


def dump(url: URL) -> Iterator[bytes]:
    """What ``pg_dump`` writes of a database, in pieces.

    :raises ProgramFailed: it is not installed, or could not read all of it.
    """
    # What people wrote is ciphertext, which does not shrink; the least compression takes the text form's doubling back.
    with tempfile.TemporaryFile() as said:
        process = _start(url, ["pg_dump", "--format=custom", "--no-owner", "--compress=1"], subprocess.DEVNULL, said)
        with process, cast("IO[bytes]", process.stdout) as content:
            while piece := content.read(_READ):
                yield piece
        _ended("pg_dump", process, said)


class Restoring:
    """``pg_restore`` into an empty database, fed in pieces; nothing of it stays unless it ends well."""

    def __init__(self, url: URL) -> None:
        """:raises ProgramFailed: the database is not empty, or the program is not installed."""
        engine = make_engine(url.render_as_string(hide_password=False))
        with engine.connect() as connection:
            tables = inspect(connection).get_table_names()
        engine.dispose()
        if tables:
            raise ProgramFailed("La base dati di arrivo non è vuota. Ne crei una nuova e riprovi.")
        self._said = tempfile.TemporaryFile()
        words = ["pg_restore", "--no-owner", "--single-transaction", "--exit-on-error"]
        self._process = _start(url, words, subprocess.PIPE, self._said)

    def write(self, piece: bytes) -> None:
        """Feed it some more.

        :raises ProgramFailed: it ended early.
        """
        try:
            cast("IO[bytes]", self._process.stdin).write(piece)
        except BrokenPipeError:
            self.finish()

    def finish(self) -> None:
        """Wait until all of it is in.

        :raises ProgramFailed: it is not.
        """
        self._process.communicate(timeout=_WAIT_SECONDS)
        _ended("pg_restore", self._process, self._said)

    def give_up(self) -> None:
        """End it: the archive was not whole, so nothing is kept."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def scratch(url: URL) -> Iterator[URL]:
    """An empty database on the same server, dropped afterwards.

    :raises ProgramFailed: the account may not create one.
    """
    name = f"rientro_prova_{secrets.token_hex(6)}"
    server = url.set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
    except psycopg.Error as error:
        raise ProgramFailed(
            f"Non si può creare una base dati di prova sul server ({str(error).strip()}). Serve un account con CREATEDB: "
            "lo indichi nella RIENTRO_DATABASE_URL di questo comando."
        ) from error
    try:
        yield url.set(database=name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _start(url: URL, words: list[str], stdin: int, said: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = dict(os.environ)
    if url.password:
        environment["PGPASSWORD"] = str(url.password)
    words = [*words, "--dbname", str(url.database)]
    for flag, value in (
        ("--host", url.query.get("host") or url.host),
        ("--port", url.port),
        ("--username", url.username),
    ):
        if value:
            words += [flag, str(value)]
    try:
        return subprocess.Popen(words, stdin=stdin, stdout=subprocess.PIPE, stderr=said, env=environment)
    except FileNotFoundError as error:
        raise ProgramFailed(f"Serve il programma {words[0]} (pacchetto postgresql-client).") from error


def _ended(name: str, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
    if process.returncode:
        said.seek(0)
        text = said.read()[-300:].decode(errors="replace").strip()
        raise ProgramFailed(f"{name} non è riuscito: {text}")
