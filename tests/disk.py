"""SQLite of this process's tests does not wait for the disk: what they store need not outlive a power cut."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Engine, event

_WAITS = "PRAGMA synchronous=FULL"


class _Impatient(sqlite3.Connection):
    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        return super().execute("PRAGMA synchronous=OFF" if sql == _WAITS else sql, *parameters)


def do_not_wait() -> None:
    """Let every SQLite database that SQLAlchemy opens from now on be written without waiting for the disk."""

    @event.listens_for(Engine, "do_connect")
    def _impatient(dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            options.setdefault("factory", _Impatient)
