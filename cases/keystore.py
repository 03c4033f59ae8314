"""The small database of wrapped data keys, apart from the main one.

It is apart so that destroying one row here makes every copy of a case unreadable, including the
copies in backups of the main database (crypto-shredding). Names of destroyed keys are remembered,
so that restoring an old copy of this store cannot bring them back.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.schema import CreateIndex, CreateTable

_metadata = MetaData()
_data_key = Table(
    "data_key",
    _metadata,
    Column("scope", String(64), primary_key=True),
    Column("master_id", String(16), nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
)
_shredded = Table("shredded", _metadata, Column("scope", String(64), primary_key=True))

# Read several times in a turn of a conversation: building the statement anew would cost more than running it.
_BY_SCOPE = select(_data_key).where(_data_key.c.scope.in_(bindparam("scopes", expanding=True)))

_CREATE_LOCK = 0x6B657973  # any number, the same for all our processes
_CHUNK = 500  # bound parameters of one IN (...), well under SQLite's limit


class KeyStore:
    """Wrapped data keys by scope. Knows nothing of how they are wrapped."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":  # where IF NOT EXISTS alone may still collide
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _CREATE_LOCK})
            for table in _metadata.sorted_tables:
                connection.execute(CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(CreateIndex(index, if_not_exists=True))

    def add(self, scope: str, master_id: str, wrapped: bytes) -> bool:
        """Add a key unless the scope already has one; the first writer wins. True if it was this one."""
        row = {"scope": scope, "master_id": master_id, "wrapped": wrapped}
        with self._engine.begin() as connection:
            added = connection.execute(self._insert(_data_key).values(row).on_conflict_do_nothing())
            return added.rowcount == 1

    def get(self, scopes: Iterable[str]) -> dict[str, tuple[str, bytes]]:
        """``{scope: (master_id, wrapped)}`` for those of ``scopes`` that exist."""
        wanted = list(dict.fromkeys(scopes))
        found: dict[str, tuple[str, bytes]] = {}
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                rows = connection.execute(_BY_SCOPE, {"scopes": chunk})
                found.update({row.scope: (row.master_id, row.wrapped) for row in rows})
        return found

    def shred(self, scope: str) -> None:
        """Destroy a key for ever. Doing it twice is harmless."""
        with self._engine.begin() as connection:
            connection.execute(delete(_data_key).where(_data_key.c.scope == scope))
            connection.execute(self._insert(_shredded).values(scope=scope).on_conflict_do_nothing())

    def shredded(self) -> set[str]:
        """Every scope whose key was destroyed."""
        with self._engine.connect() as connection:
            return set(connection.scalars(select(_shredded.c.scope)))

    def shredded_of(self, scopes: Iterable[str]) -> set[str]:
        """Those of ``scopes`` whose key was destroyed."""
        wanted, found = list(dict.fromkeys(scopes)), set[str]()
        with self._engine.connect() as connection:
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                found.update(connection.scalars(select(_shredded.c.scope).where(_shredded.c.scope.in_(chunk))))
        return found

    def forget_again(self, scopes: Iterable[str]) -> int:
        """After a restore: destroy anew keys known (from elsewhere) to have been destroyed."""
        present = self.get(scopes)
        for scope in scopes:
            self.shred(scope)
        return len(present)

    def scopes(self) -> set[str]:
        """Every scope that has a key."""
        with self._engine.connect() as connection:
            return set(connection.scalars(select(_data_key.c.scope)))

    def is_empty(self) -> bool:
        """True if no key was ever stored."""
        with self._engine.connect() as connection:
            tables = (_data_key, _shredded)
            return all(connection.execute(select(t.c.scope).limit(1)).first() is None for t in tables)

    def wrapped_by_other_than(self, master_id: str, limit: int) -> list[tuple[str, str, bytes]]:
        """Up to ``limit`` keys (scope, master, wrapped) still wrapped by another master key."""
        query = select(_data_key).where(_data_key.c.master_id != master_id).limit(limit)
        with self._engine.connect() as connection:
            return [(r.scope, r.master_id, r.wrapped) for r in connection.execute(query)]

    def rewrap(self, old_master: dict[str, str], master_id: str, wrapped: dict[str, bytes]) -> None:
        """Replace wrappings by scope, all or none; skips keys shredded or rewrapped meanwhile."""
        with self._engine.begin() as connection:
            for scope, new in wrapped.items():
                connection.execute(
                    update(_data_key)
                    .where(_data_key.c.scope == scope, _data_key.c.master_id == old_master[scope])
                    .values(master_id=master_id, wrapped=new)
                )

    def _insert(self, table: Table) -> Any:
        return (pg_insert if self._engine.dialect.name == "postgresql" else sqlite_insert)(table)

    def close(self) -> None:
        """Let go of connections."""
        self._engine.dispose()
