"""Alembic's entry: takes the engine from the caller, or the configured database on the command line."""

from alembic import context

import accounts.models  # noqa: F401  (declares the tables, as the next lines)
import cases.models  # noqa: F401  (declares the tables, as the next line)
import hotline.models  # noqa: F401
import referrals.models
import referrals.notice_models
import referrals.project_models  # noqa: F401
from cases.db import Base, make_engine

target_metadata = Base.metadata


def _engine():
    given = context.config.attributes.get("engine")
    if given is not None:
        return given
    from settings.config import get_settings

    return make_engine(get_settings().database_url)


def _plain_types(kind, value, _context):
    # Migrations outlive the code: they name SQL types, not our own.
    return "sa.DateTime()" if kind == "type" and type(value).__name__ == "Moment" else False


def run() -> None:
    """Run the migrations in one transaction."""
    with _engine().connect() as connection:
        connection = connection.execution_options(writes=True)
        context.configure(connection=connection, target_metadata=target_metadata, render_item=_plain_types)
        with context.begin_transaction():
            context.run_migrations()


run()
