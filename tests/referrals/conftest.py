"""Fixtures of this folder: those of tests/cases."""

from tests.cases.databases import (  # noqa: F401
    database,
    empty_database,
    postgresql_server,
    postgresql_template,
    sqlite_template,
)
from tests.cases.world import world  # noqa: F401
