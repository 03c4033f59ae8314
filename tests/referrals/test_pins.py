"""The PIN opens, wrong ones are counted, and insisting makes the wait longer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from cases.lockout import Whence
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


@pytest.mark.long
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


STRANGER, OWNER, KNOWN = Whence("198.51.100.7"), Whence("203.0.113.9"), Whence("198.51.100.7", "browser of the owner")


def tries(world, opened, whence, pin=None):
    """Wrong tries until one has to wait, or fifty."""
    for number in range(50):
        try:
            world.referrals.check_pin(opened.code, pin or wrong(opened.pin), world.now, whence)
        except PinLocked:
            return number
    return 50


def test_who_knows_a_code_does_not_lock_its_owner_out(world, opened):
    assert tries(world, opened, STRANGER) == 5
    assert world.referrals.check_pin(opened.code, opened.pin, world.now, OWNER)
    # On the very same network the owner's own browser goes on.
    assert world.referrals.check_pin(opened.code, opened.pin, world.now, KNOWN)
    with pytest.raises(PinLocked):
        world.referrals.check_pin(opened.code, opened.pin, world.now, STRANGER)


def test_many_networks_get_one_try_each_and_the_owner_keeps_theirs(world, opened):
    for number in range(20):
        assert tries(world, opened, Whence(f"198.51.100.{number}")) == 5
    for number in range(20, 24):
        assert tries(world, opened, Whence(f"198.51.100.{number}")) == 1
    for _ in range(3):
        assert not world.referrals.check_pin(opened.code, wrong(opened.pin), world.now, KNOWN)
    assert world.referrals.check_pin(opened.code, opened.pin, world.now, KNOWN)
    assert world.referrals.check_pin(opened.code, opened.pin, world.now, OWNER)
