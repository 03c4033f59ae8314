"""What Python forbids, the database forbids too: a mistake or an intruder does not get past it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError


def run(world, statement, **values):
    with world.engine.begin() as connection:
        connection.execute(text(statement), values)


@pytest.fixture
def sent(world):
    world.with_operators()
    world.code = world.sent().code
    return world


@pytest.mark.parametrize(
    "statement",
    [
        # no journal row at all
        "UPDATE referral SET state = 'presa_in_carico' WHERE code = :code",
        # pointing to nothing, or to an older row of its own
        "UPDATE referral SET state = 'presa_in_carico', journal_id = 999999 WHERE code = :code",
        "UPDATE referral SET state = 'aperta', "
        "journal_id = (SELECT id FROM journal WHERE state = 'aperta') WHERE code = :code",
        # a state nobody knows, another identity
        "UPDATE referral SET state = 'boh' WHERE code = :code",
        "UPDATE referral SET code = 'RT-0' WHERE code = :code",
        # losing its person while open
        "UPDATE referral SET case_id = NULL WHERE code = :code",
    ],
)
def test_no_state_without_its_journal_row(sent, statement):
    with pytest.raises(DatabaseError):
        run(sent, statement, code=sent.code)
    assert sent.referrals.get(sent.code).state == "inviata"


def _journal_row(state, reason, actor="operatore:ALFA"):
    return (
        "INSERT INTO journal (chain, seq, at, actor, subject, event, state, reason, detail, hash) "
        f"SELECT 0, 1 + (SELECT seq FROM journal_head WHERE chain = 0), '2025-06-03', '{actor}', id, 'segnalazione', "
        f"'{state}', {reason}, '{{}}', 'x' FROM referral WHERE code = :code"
    )


def test_a_forbidden_move_is_refused_even_with_a_journal_row(sent):
    run(sent, _journal_row("pip_sottoscritto", "NULL"), code=sent.code)
    with pytest.raises(DatabaseError, match="not permitted"):
        run(
            sent,
            "UPDATE referral SET state = 'pip_sottoscritto', "
            "journal_id = (SELECT max(id) FROM journal) WHERE code = :code",
            code=sent.code,
        )


@pytest.mark.parametrize(
    ("state", "actor"),
    [("rifiutata", "operatore:ALFA"), ("scaduta", "sistema"), ("annullata", "sportello:1"), ("annullata", "sistema")],
)
def test_no_refusal_expiry_or_staff_cancellation_without_a_reason(sent, state, actor):
    with pytest.raises(DatabaseError, match="reason"):
        run(sent, _journal_row(state, "NULL", actor), code=sent.code)
    run(sent, _journal_row(state, "'altro'", actor), code=sent.code)


def test_the_person_needs_no_reason_to_cancel(sent):
    run(sent, _journal_row("annullata", "NULL", "persona"), code=sent.code)


def test_a_referral_is_born_open(sent):
    with sent.engine.connect() as connection:
        row = connection.execute(text("SELECT * FROM referral")).mappings().one()
    values = {**row, "id": "x" * 32, "code": "RT-X"}
    columns = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    with pytest.raises(DatabaseError):
        run(sent, f"INSERT INTO referral ({columns}) VALUES ({places})", **values)


def test_capacity_is_never_negative(sent):
    with pytest.raises(DatabaseError):
        run(sent, "UPDATE site SET capacity = -1")
