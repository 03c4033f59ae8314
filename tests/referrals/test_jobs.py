"""What happens by itself, with a clock that the test moves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest

from referrals import workdays
from referrals.contact import Preferences


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


def at(day, hour=10):
    return datetime(*day, hour, tzinfo=UTC)


def subjects(world, to):
    world.deliver()
    return [mail.subject for mail in world.mails(to=to)]


@pytest.mark.parametrize(
    ("day", "working"),
    [
        ((2025, 6, 3), True),
        ((2025, 6, 2), False),  # Republic day, a Monday
        ((2025, 6, 7), False),
        ((2025, 4, 21), False),  # Easter Monday
        ((2025, 12, 26), False),
        ((2026, 1, 6), False),
    ],
)
def test_working_days(day, working):
    assert workdays.is_working_day(date(*day)) is working


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ((2025, 6, 3), 2, (2025, 6, 5)),
        ((2025, 6, 5), 2, (2025, 6, 9)),  # over a weekend
        ((2025, 5, 30), 2, (2025, 6, 4)),  # over a weekend and a holiday
        ((2025, 6, 1), 0, (2025, 6, 3)),  # Sunday before a holiday
        ((2025, 12, 23), 5, (2026, 1, 2)),
    ],
)
def test_adding_working_days(start, days, end):
    assert workdays.add(at(start), days) == at(end)


def test_the_hour_in_italy_stays_the_same_when_clocks_change():
    assert workdays.add(datetime(2025, 3, 28, 11, tzinfo=UTC), 1) == datetime(2025, 3, 31, 10, tzinfo=UTC)


def test_a_reminder_after_two_working_days_once(world):
    opened = world.sent()
    world.later(days=1, hours=23)
    assert world.jobs.remind(world.now) == 0
    world.later(hours=1)
    assert world.jobs.remind(world.now) == 1
    assert world.jobs.remind(world.now) == 0
    assert world.jobs.remind(world.later(days=1)) == 0
    assert f"Promemoria: segnalazione {opened.code}" in subjects(world, "alfa@example.org")


def test_an_expiry_after_five_working_days_and_the_person_is_told(world):
    opened = world.sent()
    world.now = at((2025, 6, 10), 9)
    assert world.jobs.expire(world.now) == 0
    world.now = at((2025, 6, 10))
    assert world.jobs.expire(world.now) == 1
    assert world.jobs.expire(world.later(days=1)) == 0
    referral = world.referrals.get(opened.code)
    assert (referral.state, referral.reason) == ("scaduta", "L'operatore non ha risposto in tempo")
    assert any("altro operatore" in mail.text for mail in (world.deliver(), *world.mails(to="ada@example.org"))[1:])


def test_the_working_days_come_from_the_settings(world):
    world.settings.referral_reminder_days, world.settings.referral_expiry_days = 1, 3
    opened = world.sent()
    assert world.jobs.remind(world.later(days=1)) == 1
    assert world.jobs.expire(world.later(days=2)) == 1
    assert world.referrals.get(opened.code).state == "scaduta"


@pytest.mark.parametrize("state", ["aperta", "presa_in_carico", "rifiutata", "annullata", "conclusa"])
def test_nothing_of_that_happens_in_other_states(world, state):
    world.at_state(state)
    world.later(days=8)
    assert (world.jobs.remind(world.now), world.jobs.expire(world.now)) == (0, 0)


def test_after_ten_days_the_person_is_asked_whether_anyone_called(world):
    opened = world.at_state("presa_in_carico")
    assert world.jobs.follow_up(world.later(days=9)) == 0
    assert world.jobs.follow_up(world.later(days=1)) == 1
    assert world.jobs.follow_up(world.later(days=1)) == 0
    assert f"La Sua richiesta {opened.code}: L'hanno chiamata?" in subjects(world, "ada@example.org")


def test_a_person_who_asked_for_silence_is_not_asked(world):
    world.at_state("presa_in_carico", preferences=Preferences(channel="nessuno"))
    assert world.jobs.follow_up(world.later(days=10)) == 1
    assert subjects(world, "ada@example.org") == []


def test_the_digest_tells_each_sender_yesterday_s_changes_once(world):
    mine = world.sent(sender_email="medico@example.org")
    world.sent(sender_email="altro@example.org")
    world.sent()
    world.now = at((2025, 6, 4), 4)
    assert world.jobs.digest(world.now) == 0  # too early in the morning
    world.now = at((2025, 6, 4), 7)
    assert world.jobs.digest(world.now) == 2
    assert world.jobs.digest(world.later(hours=3)) == 0
    world.deliver()
    (mail,) = world.mails(to="medico@example.org")
    assert f"{mine.code}: in partenza\n{mine.code}: inviata all'operatore" in mail.text
    assert "Ada" not in mail.text
    world.now = at((2025, 6, 5), 7)
    assert world.jobs.digest(world.now) == 0  # nothing changed


def test_jobs_running_at_once_in_two_workers_act_once(world):
    for _ in range(10):
        world.sent()
    world.later(days=7)

    def both(_):
        return world.jobs.remind(world.now), world.jobs.expire(world.now)

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(both, range(4)))
    assert sum(expired for _, expired in done) == 10
    assert world.jobs.verify_journal()


@pytest.mark.long
def test_a_month_seen_every_hour_has_each_event_once(world):
    opened = world.sent(sender_email="medico@example.org")
    for _ in range(24 * 30):
        world.later(hours=1)
        world.run_jobs()
    world.deliver()
    assert [step.state for step in world.referrals.get(opened.code).steps] == ["aperta", "inviata", "scaduta"]
    titles = [mail.subject for mail in world.mails(to="alfa@example.org")]
    assert titles.count(f"Promemoria: segnalazione {opened.code}") == 1
    assert len(world.mails(to="medico@example.org")) == 2
