"""Real databases for tests: every test that uses ``database`` runs on SQLite and on PostgreSQL.

Those marked ``any_database`` run on SQLite alone: what they show cannot depend on locks, triggers or types, or on what a
database says of an error.

PostgreSQL is the one on 127.0.0.1:5432 if it answers, else one started from installed binaries; with
neither, those tests are skipped and say so.
"""

import glob
import os
import pwd
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cases.db import make_engine, upgrade

_ALIVE = 0x746573  # any number, the same for all test runs
_MARK = "Made by the tests of Rientro: dropped by the next run if this one died."
_HERE = "postgresql://postgres@127.0.0.1:5432/postgres"


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a PostgreSQL server's maintenance database."""
    url = os.environ.get("RIENTRO_TEST_POSTGRESQL", _HERE)
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        with _own_server(tmp_path_factory.mktemp("postgresql")) as own:
            yield own
    else:
        drop_orphans(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    engine = make_engine(f"sqlite:///{path}", wal=False)
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> Iterator["Pool"]:
    """One migrated PostgreSQL database, emptied between tests: creating one takes a second."""
    pool = Pool(postgresql_server)
    yield pool
    pool.drop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a migrated database that holds nothing."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_template").clean()
    folder = tmp_path / "dati"
    folder.mkdir()
    shutil.copy(request.getfixturevalue("sqlite_template"), folder / "rientro.db")
    return f"sqlite:///{folder / 'rientro.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with _throwaway(request.getfixturevalue("postgresql_server"), f"rientro_empty_{uuid.uuid4().hex[:12]}") as url:
        yield url


class Pool:
    """A PostgreSQL database lent to one test at a time."""

    # What a test may have changed besides rows; if it did, the database is made anew.
    _SHAPE = """
        SELECT (SELECT string_agg(tgname, ' ' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'),
               (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relkind = 'r'),
               (SELECT string_agg(version_num, ' ') FROM alembic_version)
    """
    _FIXED = ("alembic_version", "referral_transition")

    def __init__(self, server: str) -> None:
        self._server = server
        self._made: _throwaway | None = None
        self._url = ""
        self._shape: object = None

    def clean(self) -> str:
        """URL of the database, emptied."""
        if self._made is not None:
            try:
                self._empty()
            except (psycopg.Error, RuntimeError):
                self.drop()
        if self._made is None:
            self._made = _throwaway(self._server, f"rientro_test_{uuid.uuid4().hex[:12]}")
            self._url = self._made.__enter__()
            engine = make_engine(self._url)
            upgrade(engine)
            engine.dispose()
            with psycopg.connect(self._url) as connection:
                self._shape = connection.execute(self._SHAPE).fetchone()
        return self._url

    def drop(self) -> None:
        """Let it go."""
        if self._made is not None:
            self._made.__exit__()
            self._made = None

    def _empty(self) -> None:
        with psycopg.connect(self._url, options="-c lock_timeout=5000") as connection:
            if connection.execute(self._SHAPE).fetchone() != self._shape:
                raise RuntimeError("a test changed the schema")
            connection.execute("SET session_replication_role = replica")  # lifts the guards, for us only
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            sequences = connection.execute(
                "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
            ).fetchall()
            # One round trip; most tables are empty, where DELETE costs less than TRUNCATE's new file for each.
            steps = [f'DELETE FROM "{name}"' for (name,) in names if name not in (*self._FIXED, "journal_head")]
            steps += [f'ALTER SEQUENCE "{name}" RESTART' for (name,) in sequences]
            steps.append("UPDATE journal_head SET seq = 0, hash = repeat('0', 64)")
            connection.execute("; ".join(steps))


class _throwaway:
    """Create a database, drop it at the end."""

    def __init__(self, server: str, name: str) -> None:
        self._server, self._name = server, name

    def __enter__(self) -> str:
        # The lock says that we live; it goes with this connection, however we end.
        self._keeper = psycopg.connect(self._server, autocommit=True)
        self._keeper.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", (_ALIVE, self._name))
        self._keeper.execute(f'CREATE DATABASE "{self._name}" TEMPLATE template0')
        self._keeper.execute(f'ALTER DATABASE "{self._name}" SET synchronous_commit = off')  # nobody pulls the plug
        self._keeper.execute(f"COMMENT ON DATABASE \"{self._name}\" IS '{_MARK}'")
        return self._server.rpartition("/")[0] + "/" + self._name

    def __exit__(self, *_: object) -> None:
        self._keeper.execute(f'DROP DATABASE "{self._name}" WITH (FORCE)')
        self._keeper.close()


def drop_orphans(server: str) -> list[str]:
    """Drop the databases of test runs that died; those of runs under way are left alone. Returns their names."""
    marked = (
        "SELECT d.datname FROM pg_database d JOIN pg_shdescription s ON s.objoid = d.oid "
        "WHERE s.classoid = 'pg_database'::regclass AND s.description = %s"
    )
    dropped = []
    with psycopg.connect(server, autocommit=True) as connection:
        for (name,) in connection.execute(marked, (_MARK,)).fetchall():
            if connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (_ALIVE, name)).fetchone()[0]:
                connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (_ALIVE, name))
                dropped.append(name)
    return dropped


class _own_server:
    """A PostgreSQL server of our own, on a free port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> str:
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb")) or [shutil.which("initdb")]
        if not found[-1]:
            pytest.skip("PostgreSQL neither answers on 127.0.0.1:5432 nor is installed: these tests did not run")
        bin_folder = Path(found[-1]).parent
        user = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = "postgres" if "postgres" in {p.pw_name for p in pwd.getpwall()} else "nobody"
            for folder in (self._folder, *self._folder.parents):
                if folder.stat().st_uid == 0 and folder.is_relative_to("/tmp"):
                    folder.chmod(0o755)
            shutil.chown(self._folder, user)
        data = self._folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        initdb = [str(bin_folder / "initdb"), "-D", str(data), "-A", "trust", "-U", "postgres", "-N"]
        subprocess.run(initdb, check=True, user=user, capture_output=True, cwd="/")
        server = [str(bin_folder / "postgres"), "-D", str(data), "-p", str(port), "-k", str(self._folder)]
        self._process = subprocess.Popen(server, user=user, stderr=subprocess.DEVNULL, cwd="/")
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        for _ in range(100):
            try:
                psycopg.connect(url, connect_timeout=1).close()
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return url
        raise RuntimeError("PostgreSQL did not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=20)
