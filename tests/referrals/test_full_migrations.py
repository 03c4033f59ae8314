"""Every step of the schema, down and up again, on a database full of referrals: nothing is lost on the way."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from cases.db import current_revision, downgrade, upgrade
from cases.service import Cases
from referrals.jobs import Jobs
from referrals.operators import OperatorSide
from referrals.service import Referrals
from tests.referrals.load_runner import Filler

MIGRATIONS = ScriptDirectory(str(Path(__file__).parents[2] / "migrations"))
# Below it there are no referrals: going further down removes them, as it must.
FIRST_WITH_REFERRALS = "0002"
FULL = 350


def books(filler: Filler) -> dict[str, object]:
    """What must be the same before and after."""
    referrals = Referrals(filler.factory, filler.keyring, lambda: filler.settings)
    side = OperatorSide(referrals)
    with filler.factory() as session:
        states = "SELECT operator_id, state, count(*) FROM referral GROUP BY operator_id, state ORDER BY 1, 2"
        rows = [tuple(row) for row in session.execute(text(states))]
        case_id = session.scalar(text("SELECT min(case_id) FROM referral"))
        some = session.scalar(text("SELECT min(code) FROM referral"))
    counted = [
        (operator, state, number)
        for operator in sorted({operator for operator, _, _ in rows})
        for state, number in sorted(side.inbox(operator).counts.items())
    ]
    assert counted == rows
    return {
        "rows": rows,
        "journal": Jobs(filler.factory, filler.keyring, filler.settings).verify_journal(),
        "facts": Cases(filler.factory, filler.keyring).get(case_id).facts,
        "steps": [(step.state, step.at) for step in referrals.get(some).steps],
    }


@pytest.mark.long
def test_every_revision_goes_down_and_up_on_a_full_database(empty_database, tmp_path):
    filler = Filler(empty_database, tmp_path)
    filler.sites()
    filler.referrals(FULL)
    before = books(filler)
    assert sum(number for _, _, number in before["rows"]) == FULL
    newest = current_revision(filler.engine)
    revisions = [r.revision for r in MIGRATIONS.walk_revisions() if FIRST_WITH_REFERRALS < r.revision < newest]
    for revision in [*revisions, FIRST_WITH_REFERRALS]:  # each time one step further down
        downgrade(filler.engine, revision)
        assert current_revision(filler.engine) == revision
        upgrade(filler.engine)
        assert books(filler) == before
    downgrade(filler.engine, "base")
    upgrade(filler.engine)
    assert current_revision(filler.engine) == newest
    filler.engine.dispose()
    filler.keyring.close()
