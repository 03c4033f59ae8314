"""Retention: what is old goes, what is alive stays, a dry run only tells."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cases import CaseNotFound
from cases.models import TokenRow


@pytest.fixture
def years(world):
    """A world with an old case, an old case whose referral is alive, and a fresh one."""
    world.with_operators()
    world.old = world.a_case(eta=1).id
    world.cases.issue_token(world.old, world.now, life=timedelta(days=1))
    world.later(days=300)
    world.alive = world.a_case(eta=2).id
    world.later(days=100)
    world.sent(case_id=world.alive)
    world.later(days=300)
    world.fresh = world.a_case(eta=3).id
    return world


def test_a_dry_run_tells_exactly_what_a_purge_then_does(years):
    before = years.cases.purge(years.now, days=300, dry_run=True)
    assert before.cases == [years.old]
    assert years.cases.get(years.old)
    after = years.cases.purge(years.now, days=300)
    assert after.cases == before.cases
    with pytest.raises(CaseNotFound):
        years.cases.get(years.old)
    assert years.cases.get(years.fresh)


def test_a_case_is_kept_while_an_operator_works_on_its_referral(years):
    assert years.alive not in years.cases.purge(years.now, days=100).cases
    assert years.cases.get(years.alive)
    years.later(days=400)
    assert years.alive in years.cases.purge(years.now, days=100).cases


def test_expired_tokens_and_old_delivered_messages_go(years):
    years.deliver()
    years.later(days=200)
    report = years.cases.purge(years.now, days=3650)
    assert report.cases == []
    assert report.rows["tokens"] == 1
    assert report.rows["outbox"] >= 2
    assert report.rows["mailbox"] >= 2
    assert report.rows["magic_links"] >= 1
    assert report.rows["idempotency_keys"] == 1
    with years.factory() as session:
        assert session.scalar(select(func.count()).select_from(TokenRow)) == 0
    assert set(years.cases.purge(years.now, days=3650).rows.values()) == {0}


def test_purging_happens_by_itself_at_night_once(years):
    years.settings.retention_days = 300
    assert years.jobs.night(years.now) > 0
    with pytest.raises(CaseNotFound):
        years.cases.get(years.old)
    assert years.jobs.night(years.now) == 0
