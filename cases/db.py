"""Engine, sessions and schema, on SQLite or PostgreSQL by URL."""

import fcntl
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import CursorResult, DateTime, Engine, Executable, MetaData, create_engine, event, make_url, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

SessionFactory = sessionmaker[Session]

_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
_BUSY_TIMEOUT_MS = 30_000
_PAGES_KIB = 512  # kept by each connection, of which there are many: the system keeps the file itself in memory
_REVISION_LINE = re.compile(r"""^(revision|down_revision)\b[^=\n]*=\s*["']([^"']+)["']""", re.MULTILINE)
_UPGRADE_LOCK = 0x7269656E  # any number, the same for all our processes


class Moment(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC without zone in the database, on both engines alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of the tables of the main database."""

    type_annotation_map = {datetime: Moment}  # noqa: RUF012
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def make_engine(url: str, *, wal: bool = True, pool_size: int = 10) -> Engine:
    """Engine for a ``sqlite:///`` or ``postgresql://`` URL (psycopg 3).

    ``wal=False`` keeps a SQLite database out of write-ahead mode, for data that must leave no
    trace when deleted. On SQLite deleted content is overwritten and foreign keys are enforced.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, pool_size=pool_size, max_overflow=10, pool_pre_ping=True, hide_parameters=True)
    # Parameters are hidden from errors: they may end in a log.
    engine = create_engine(parsed, connect_args={"timeout": _BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            f"journal_mode={'WAL' if wal else 'TRUNCATE'}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
            f"cache_size=-{_PAGES_KIB}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A reader that turns writer half way would fail at once instead of waiting its turn.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def make_session_factory(engine: Engine) -> SessionFactory:
    """Session factory; what it returns stays usable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def writing(factory: SessionFactory) -> Iterator[Session]:
    """A session for one writing transaction: committed at the end, rolled back on an exception."""
    with factory() as session:
        session.connection(execution_options={"writes": True})
        yield session
        session.commit()


def joining(session: Session) -> SessionFactory:
    """Sessions that take part in the transaction of ``session``: their commits wait for its own, all of it or nothing.

    For services that open a transaction of their own where a use case needs several of them to be one.
    """
    session.flush()
    return sessionmaker(session.connection(), join_transaction_mode="rollback_only", expire_on_commit=False)


def affected(session: Session, statement: Executable) -> int:
    """Run an update or delete and return how many rows it touched."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def damaged(error: DatabaseError) -> bool:
    """Whether a SQLite file itself is at fault: not one of SQLite's, or with broken pages. Other troubles pass."""
    return getattr(error.orig, "sqlite_errorcode", None) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to ``revision``; safe when several processes start together."""
    if revision == "head" and _is_at_head(engine):
        return  # without loading Alembic: most starts find nothing to do
    from alembic import command

    with _one_at_a_time(engine):
        command.upgrade(_alembic_config(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to ``revision`` ("base" for an empty database)."""
    from alembic import command

    with _one_at_a_time(engine):
        command.downgrade(_alembic_config(engine), revision)


def current_revision(engine: Engine) -> str | None:
    """Revision the database is at, None when it was never migrated."""
    from alembic.runtime.migration import MigrationContext

    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _is_at_head(engine: Engine) -> bool:
    """Whether the database is at the newest revision, by a look at its stamp and at the revisions' files."""
    names: dict[str, set[str]] = {"revision": set(), "down_revision": set()}
    for path in (_MIGRATIONS / "versions").glob("*.py"):
        for name, value in _REVISION_LINE.findall(path.read_text(encoding="utf-8")):
            names[name].add(value)
    try:
        with engine.connect() as connection:
            stamps = set(connection.scalars(text("SELECT version_num FROM alembic_version")))
    except DatabaseError:
        return False  # no such table yet
    return bool(stamps) and stamps == names["revision"] - names["down_revision"]


def _alembic_config(engine: Engine) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def _one_at_a_time(engine: Engine) -> Any:
    if engine.dialect.name == "postgresql":
        return _advisory_lock(engine)
    return _file_lock(engine.url.database) if engine.url.database else nullcontext()


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[None]:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": _UPGRADE_LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": _UPGRADE_LOCK})


@contextmanager
def _file_lock(database: str) -> Iterator[None]:
    path = Path(database + ".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
