"""Fixtures of the command-line tests: the same real databases as tests/cases."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from settings.config import Settings
from tests.cases.databases import (  # noqa: F401
    database,
    empty_database,
    postgresql_server,
    postgresql_template,
    sqlite_template,
)


@pytest.fixture
def fresh(database: str, tmp_path: Path) -> Iterator[Settings]:  # noqa: F811
    """Settings of a place where nothing is: its own folder and, on PostgreSQL, its own empty database."""
    folder = tmp_path / "nuovo"
    url = make_url(database)
    if url.get_backend_name() == "sqlite":
        yield Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'rientro.db'}")
        return
    name = f"rientro_restore_{uuid.uuid4().hex[:10]}"
    server = url.set(database="postgres", drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield Settings(data_dir=folder, database_url=url.set(database=name).render_as_string(hide_password=False))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
