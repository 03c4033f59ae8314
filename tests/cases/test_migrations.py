"""The schema goes up and down, on both engines, full or empty, and is what the models say."""

import multiprocessing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from cases.db import Base, current_revision, downgrade, make_engine, upgrade
from referrals import states

NEWEST = ScriptDirectory(Path(__file__).parents[2] / "migrations").get_current_head()


def test_up_down_and_up_again(empty_database):
    engine = make_engine(empty_database)
    for _ in range(2):
        upgrade(engine)
        assert "journal" in inspect(engine).get_table_names()
        downgrade(engine, "base")
        assert inspect(engine).get_table_names() == ["alembic_version"]
        assert current_revision(engine) is None
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            left = connection.scalar(text("SELECT count(*) FROM pg_proc WHERE proname LIKE 'journal%'"))
        assert left == 0
    engine.dispose()


def test_a_full_database_goes_down_and_up(world):
    world.with_operators()
    world.at_state("pip_sottoscritto")
    downgrade(world.engine, "base")
    upgrade(world.engine)
    assert world.with_operators().at_state("conclusa")


def test_the_migrations_make_what_the_models_say(world):
    known = set(Base.metadata.tables)

    def ours(_object, name, kind, _reflected, _compared):
        return kind != "table" or name in known  # other parts' tables have tests of their own

    with world.engine.connect() as connection:
        options = {"compare_type": True, "include_object": ours}
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    assert differences == []


def test_the_guards_know_every_permitted_move(world):
    with world.factory() as session:
        stored = {tuple(row) for row in session.execute(text("SELECT source, target FROM referral_transition"))}
    assert stored == {(str(t.source), str(t.target)) for t in states.TRANSITIONS}


@pytest.mark.long
def test_processes_that_start_together_migrate_once(empty_database):
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert pool.map(_migrate, [empty_database] * 4) == [NEWEST] * 4


def _migrate(url):
    engine = make_engine(url)
    upgrade(engine)
    revision = current_revision(engine)
    engine.dispose()
    return revision
