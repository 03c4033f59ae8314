"""The journal cannot be changed, and if somebody manages to, it shows."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from cases import journal
from cases.errors import JournalBroken

# The end of a chain that has at least two rows, and the row before it.
LAST_BUT_ONE = """
SELECT chain, seq - 1, (SELECT hash FROM journal p WHERE p.chain = j.chain AND p.seq = j.seq - 1)
FROM journal j
WHERE seq > 1 AND seq = (SELECT max(seq) FROM journal k WHERE k.chain = j.chain)
LIMIT 1
"""


@pytest.fixture
def busy(world):
    """A world with some history in several chains."""
    for number in range(12):
        case_id = world.a_case(eta=number).id
        world.cases.update(case_id, world.later(seconds=1), "persona", facts={"eta": number + 1})
    return world


def check(world, anchors=()):
    with world.factory() as session:
        return journal.verify(session, world.keyring, anchors)


def force(world, *statements):
    """Do what a person with full rights on the database could: drop the guards, then tamper."""
    names = ("journal_no_update", "journal_no_delete", "journal_head_forward", "journal_head_no_delete")
    with world.engine.begin() as connection:
        for name in names:
            table = "journal_head" if "head" in name else "journal"
            suffix = f" ON {table}" if world.engine.dialect.name == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{suffix}"))
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET actor = 'persona'",
        "UPDATE journal SET hash = hash",
        "DELETE FROM journal",
        "DELETE FROM journal WHERE id = 1",
        "UPDATE journal_head SET seq = 0",
        "UPDATE journal_head SET seq = seq - 1 WHERE seq > 0",
        "DELETE FROM journal_head",
    ],
)
def test_the_database_refuses_changes(busy, statement):
    with pytest.raises(DatabaseError, match="journal"), busy.engine.begin() as connection:
        connection.execute(text(statement))
    assert check(busy) == 36


@pytest.mark.postgresql
def test_postgresql_refuses_to_empty_it(busy):
    if busy.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DatabaseError, match="append-only"), busy.engine.begin() as connection:
        connection.execute(text("TRUNCATE journal CASCADE"))


def test_an_untouched_journal_verifies(busy):
    with busy.factory() as session:
        assert check(busy) == session.scalar(text("SELECT count(*) FROM journal")) == 36


@pytest.mark.parametrize(
    ("column", "value"),
    [("actor", "'bot'"), ("event", "'x'"), ("detail", "'{}'"), ("subject", "'x'"), ("at", "'2020-01-01 00:00:00'")],
)
def test_an_altered_row_shows(busy, column, value):
    force(busy, f"UPDATE journal SET {column} = {value} WHERE id = 5")
    with pytest.raises(JournalBroken, match="altered"):
        check(busy)


def test_a_removed_row_shows(busy):
    with busy.factory() as session:
        chain = session.scalar(text("SELECT chain FROM journal GROUP BY chain HAVING count(*) > 2 LIMIT 1"))
    force(busy, f"DELETE FROM journal WHERE chain = {chain} AND seq = 1")
    with pytest.raises(JournalBroken, match="missing"):
        check(busy)


def test_a_tail_cut_off_shows_in_the_head_and_with_a_mended_head_in_the_anchors(busy):
    with busy.factory() as session:
        anchors = [(c, s, h) for c, (s, h) in journal.heads(session).items() if s]
        chain, seq, before = session.execute(text(LAST_BUT_ONE)).one()
    force(busy, f"DELETE FROM journal WHERE chain = {chain} AND seq > {seq}")
    with pytest.raises(JournalBroken, match="head"):
        check(busy)
    with busy.engine.begin() as connection:
        connection.execute(text(f"UPDATE journal_head SET seq = {seq}, hash = '{before}' WHERE chain = {chain}"))
    check(busy)  # a clever hand, so far unnoticed
    with pytest.raises(JournalBroken, match="gone"):
        check(busy, anchors)


def test_who_has_the_database_but_not_the_keys_cannot_write_a_valid_row(busy, tmp_path):
    from cases.db import writing
    from cases.keys import Keyring

    forger = Keyring.open(tmp_path / "other keys")
    with writing(busy.factory) as session:
        journal.append_in(session, forger, at=busy.now, actor="sistema", subject="x", event="falso")
    with pytest.raises(JournalBroken, match="altered"):
        check(busy)


def test_anchors_are_written_next_to_the_keys_and_checked(busy):
    busy.jobs.anchor(busy.now)
    assert busy.jobs.verify_journal() == 36
    busy.a_case()
    busy.jobs.anchor(busy.later(days=1))
    assert busy.jobs.verify_journal() == 37
