"""Taking the database back to an earlier revision, before the version of the program that knows no later one."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory

from cases.db import current_revision, downgrade, make_engine
from cli.supervision import busy_ports, programs
from settings.config import PROJECT_ROOT, Settings


class CannotDowngrade(Exception):
    """Why not, in words for the person at the terminal."""


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(PROJECT_ROOT / "migrations"))
    return ScriptDirectory.from_config(config)


def revisions(settings: Settings) -> list[str]:
    """Every revision, the newest first, the database's own marked."""
    engine = make_engine(str(settings.database_url))
    here = current_revision(engine)
    engine.dispose()
    return [
        f"{script.revision}{'  <- la base dati è qui' if script.revision == here else ''}  {script.doc}"
        for script in _scripts().walk_revisions()
    ]


def downgrade_to(settings: Settings, revision: str) -> str:
    """Go back; returns the revision reached.

    :raises CannotDowngrade: the service runs, or there is no such revision before the database's own.
    """
    if busy_ports(settings, programs(settings)):
        raise CannotDowngrade("Il servizio è acceso. Lo fermi (Ctrl-C dove è partito) e riprovi.")
    engine = make_engine(str(settings.database_url))
    try:
        here = current_revision(engine)
        order = [script.revision for script in _scripts().walk_revisions()]  # newest first
        if here is None or here not in order:
            raise CannotDowngrade("La base dati non ha una revisione che questa versione conosce.")
        if revision not in order[order.index(here) :]:
            raise CannotDowngrade(
                f"La base dati è alla revisione {here}: {revision} non viene prima. Le mostra: rientro downgrade elenco."
            )
        downgrade(engine, revision)
        return str(current_revision(engine))
    finally:
        engine.dispose()
