"""Fixtures of the command-line tests: the same real databases as tests/cases."""

from tests.cases.databases import (  # noqa: F401
    database,
    postgresql_server,
    postgresql_template,
    sqlite_template,
)
