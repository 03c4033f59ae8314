"""The PIN opens, wrong ones are counted, and insisting makes the wait longer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from referrals.errors import PinLocked
from referrals.models import ReferralRow


@pytest.fixture
def opened(world):
    world.with_operators()
    return world.a_referral()


def wrong(pin):
    return f"{(int(pin) + 1) % 10**6:06d}"


def test_the_right_pin_opens_however_written(world, opened):
    assert world.referrals.check_pin(opened.code, opened.pin, world.now)
    spaced = f" {opened.pin[:3]} {opened.pin[3:]}"
    assert world.referrals.check_pin(opened.code.lower().replace("-", ""), spaced, world.now)


@pytest.mark.parametrize("pin", ["", "abc", "000", "1" * 400, "１２３４５６"])
def test_strange_pins_are_just_wrong(world, opened, pin):
    assert not world.referrals.check_pin(opened.code, pin, world.now)


def test_an_unknown_code_is_just_wrong(world, opened):
    assert not world.referrals.check_pin("RT-0000-0000-0000-0", opened.pin, world.now)
    assert not world.referrals.check_pin("boh", opened.pin, world.now)


def test_five_wrong_tries_lock_and_each_further_one_doubles_the_wait(world, opened):
    for _ in range(5):
        assert not world.referrals.check_pin(opened.code, wrong(opened.pin), world.now)
    with pytest.raises(PinLocked) as error:  # even the right one
        world.referrals.check_pin(opened.code, opened.pin, world.now)
    assert error.value.until == world.now + timedelta(minutes=15)
    world.later(minutes=15)
    assert not world.referrals.check_pin(opened.code, wrong(opened.pin), world.now)
    with pytest.raises(PinLocked) as error:
        world.referrals.check_pin(opened.code, opened.pin, world.now)
    assert error.value.until == world.now + timedelta(minutes=30)
    world.later(minutes=30)
    assert world.referrals.check_pin(opened.code, opened.pin, world.now)
    assert not world.referrals.check_pin(opened.code, wrong(opened.pin), world.now)


def test_trying_in_parallel_gives_no_extra_tries(world, opened):
    def attempt(_):
        try:
            return world.referrals.check_pin(opened.code, wrong(opened.pin), world.now)
        except PinLocked:
            return "locked"

    with ThreadPoolExecutor(10) as pool:
        assert sorted(map(str, pool.map(attempt, range(30)))) == ["False"] * 5 + ["locked"] * 25


def test_a_year_of_guessing_is_hopeless(world, opened):
    """With the longest wait at a day, a year allows fewer than 400 guesses in a million."""
    tries, end = 0, world.now + timedelta(days=365)
    while world.now < end:
        try:
            world.referrals.check_pin(opened.code, wrong(opened.pin), world.now)
            tries += 1
        except PinLocked as locked:
            world.now = locked.until
    assert tries < 400


def test_only_a_keyed_hash_is_stored(world, opened):
    with world.factory() as session:
        row = session.scalars(select(ReferralRow)).one()
        assert opened.pin not in repr(vars(row))
        assert len(row.pin_hash) == 64
