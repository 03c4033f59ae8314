"""Password, code, waits, sessions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from accounts import attempts, sessions
from accounts.attempts import Attempt
from accounts.errors import Locked, NotAdmitted
from accounts.models import AccountSessionRow
from cases.db import writing
from cases.lockout import Whence
from cases.models import FailureRow
from tests.accounts.conftest import ADMIN, DEVICE, NETWORK, PASSWORD, Access


def test_both_factors_are_needed(access: Access) -> None:
    person = access.a_person()
    half = access.enter()
    assert half.stage == sessions.CODE
    assert access.accounts.current(half.token, access.now).stage == sessions.CODE
    full = access.accounts.confirm_code(half.token, access.code(person.app), access.now)
    assert full.stage == sessions.FULL
    assert full.token != half.token, "a token seen before the second factor is worth nothing after it"
    assert access.accounts.current(half.token, access.now) is None
    assert access.accounts.current(full.token, access.now).account.name == "Ada Prova"


@pytest.mark.parametrize("email", ["nessuno@example.org", "ada@example.org", "", "non un indirizzo", "a" * 300])
def test_wrong_answers_look_the_same(access: Access, email: str) -> None:
    access.a_person()
    with pytest.raises(NotAdmitted):
        access.enter(email, "una password sbagliata")


def test_the_address_is_found_in_any_spelling(access: Access) -> None:
    access.a_person()
    assert access.enter(" ADA@Example.org ").account.email == "ada@example.org"


def test_a_code_is_good_once_and_for_a_minute_and_a_half(access: Access) -> None:
    person = access.a_person()
    code = access.code(person.app)
    access.accounts.confirm_code(access.enter().token, code, access.now)
    with pytest.raises(NotAdmitted):
        access.accounts.confirm_code(access.enter().token, code, access.now)
    access.world.later(minutes=5)
    access.accounts.confirm_code(access.enter().token, access.code(person.app, -1), access.now)
    access.world.later(minutes=5)
    access.accounts.confirm_code(access.enter().token, access.code(person.app, 1), access.now)
    access.world.later(minutes=5)
    for steps in (-2, 2):
        with pytest.raises(NotAdmitted):
            access.accounts.confirm_code(access.enter().token, access.code(person.app, steps), access.now)


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "１２３４５６", "1234567", "-12345"])
def test_codes_that_are_none(access: Access, code: str) -> None:
    access.a_person()
    with pytest.raises(NotAdmitted):
        access.accounts.confirm_code(access.enter().token, code, access.now)


def test_a_recovery_code_is_good_once(access: Access) -> None:
    person = access.a_person()
    assert len(set(person.recovery)) == 10
    written = person.recovery[0].lower().replace("-", " ")
    access.accounts.confirm_code(access.enter().token, written, access.now, recovery=True)
    assert access.accounts.credentials.recovery_codes_left(person.account.id) == 9
    with pytest.raises(NotAdmitted):
        access.accounts.confirm_code(access.enter().token, written, access.now, recovery=True)
    assert "codice_recupero_usato" in access.events(person.account.id)


def test_new_recovery_codes_replace_the_old(access: Access) -> None:
    person = access.a_person()
    with pytest.raises(NotAdmitted):
        access.accounts.credentials.renew_recovery_codes(person.account, "000000", access.now)
    codes = access.accounts.credentials.renew_recovery_codes(person.account, access.code(person.app), access.now)
    assert set(codes).isdisjoint(person.recovery)
    with pytest.raises(NotAdmitted):
        access.accounts.confirm_code(access.enter().token, person.recovery[1], access.now, recovery=True)
    access.accounts.confirm_code(access.enter().token, codes[1], access.now, recovery=True)


def test_a_recovery_code_of_somebody_else_is_worth_nothing(access: Access) -> None:
    other = access.a_person("bice@example.org", name="Bice Prova")
    access.a_person()
    with pytest.raises(NotAdmitted):
        access.accounts.confirm_code(access.enter().token, other.recovery[0], access.now, recovery=True)


def test_the_second_step_waits_ten_minutes(access: Access) -> None:
    person = access.a_person()
    half = access.enter()
    access.world.later(minutes=11)
    with pytest.raises(NotAdmitted):
        access.accounts.confirm_code(half.token, access.code(person.app), access.now)


def test_the_app_cannot_be_set_up_twice(access: Access) -> None:
    person = access.a_person()
    half = access.enter()
    with pytest.raises(NotAdmitted):
        access.accounts.setup_secret(half.token, access.now)
    with pytest.raises(NotAdmitted):
        access.accounts.setup_secret(person.token, access.now)


def test_a_wrong_first_code_shows_the_same_secret_again(access: Access) -> None:
    entered = access.accept(access.invite())
    secret = access.accounts.setup_secret(entered.token, access.now)
    with pytest.raises(NotAdmitted):
        access.accounts.finish_setup(entered.token, "000000", access.now)
    assert access.accounts.setup_secret(entered.token, access.now) == secret
    assert access.accounts.current(entered.token, access.now).stage == sessions.SETUP


# waits


def test_waits_grow(access: Access) -> None:
    access.a_person()
    waits = []
    for _ in range(4):
        with pytest.raises(NotAdmitted):
            access.enter(password="sbagliata")
    for _ in range(9):
        with pytest.raises(NotAdmitted):
            access.enter(password="sbagliata")
        with pytest.raises(Locked) as locked:
            access.enter()
        waits.append((locked.value.until - access.now).total_seconds())
        access.world.now = locked.value.until
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    access.enter()
    with pytest.raises(NotAdmitted):
        access.enter(password="sbagliata")  # counted from one again


def test_addresses_without_account_wait_too(access: Access) -> None:
    for _ in range(5):
        with pytest.raises(NotAdmitted):
            access.enter("nessuno@example.org", "sbagliata")
    with pytest.raises(Locked):
        access.enter("nessuno@example.org", "sbagliata")


def test_other_spellings_of_an_address_share_its_attempts(access: Access) -> None:
    access.a_person("ada@bücher.example.org")
    spellings = ["ada@bücher.example.org", "ADA@BÜCHER.example.org", " ada@xn--bcher-kva.example.org"]
    for number in range(attempts.ONE.free):
        with pytest.raises(NotAdmitted):
            access.enter(spellings[number % 3], "sbagliata")
    for spelling in spellings:
        with pytest.raises(Locked):
            access.enter(spelling)


def test_codes_are_counted_whatever_session_they_come_from(access: Access) -> None:
    person = access.a_person()
    for _ in range(5):
        with pytest.raises(NotAdmitted):
            access.accounts.confirm_code(access.enter().token, "000000", access.now)
    with pytest.raises(Locked):
        access.accounts.confirm_code(access.enter().token, access.code(person.app), access.now)
    assert "accesso_bloccato" in access.events(person.account.id)


@pytest.mark.long
def test_a_network_that_tries_many_addresses_waits(access: Access) -> None:
    access.a_person()
    for number in range(attempts.NETWORK.free):
        with pytest.raises(NotAdmitted):
            access.enter(f"persona{number}@example.org", "sbagliata")
    with pytest.raises(Locked):
        access.enter()
    access.enter(network="192.0.2.99")


@pytest.mark.long
def test_who_enters_does_not_use_up_the_networks_attempts(access: Access) -> None:
    access.a_person()
    for _ in range(attempts.NETWORK.free + 2):
        access.enter()
    with access.world.factory() as session:
        assert session.scalars(select(FailureRow)).all() == []


def test_failures_are_forgotten_after_a_day(access: Access) -> None:
    access.a_person()
    for _ in range(4):
        with pytest.raises(NotAdmitted):
            access.enter(password="sbagliata")
    access.world.later(hours=25)
    for _ in range(4):
        with pytest.raises(NotAdmitted):
            access.enter(password="sbagliata")
    access.enter()


def test_attempts_at_the_same_instant_do_not_slip_in_together(access: Access) -> None:
    access.a_person()

    def attempt(_: int) -> str:
        try:
            access.enter(password="sbagliata")
        except Locked:
            return "locked"
        except NotAdmitted:
            return "wrong"
        return "in"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(24)))
    assert answers.count("wrong") == attempts.ONE.free
    assert answers.count("locked") == 24 - attempts.ONE.free


# sessions


def test_sessions_end_when_unused_and_at_the_latest_after_the_whole_time(access: Access) -> None:
    person = access.a_person()
    lives = access.accounts.stores.lives
    started = access.now
    while access.now + timedelta(minutes=50) - started < lives.whole - timedelta(minutes=5):
        access.world.later(minutes=50)
        assert access.accounts.current(person.token, access.now), access.now - started
    access.world.now = started + lives.whole
    assert access.accounts.current(person.token, access.now) is None

    unused = access.enter_fully(person)
    access.world.later(seconds=lives.idle.total_seconds())
    assert access.accounts.current(unused.token, access.now) is None


def test_seeing_a_page_does_not_write_each_time(access: Access) -> None:
    person = access.a_person()
    access.accounts.current(person.token, access.now)
    before = _seen(access)
    access.world.later(seconds=59)
    access.accounts.current(person.token, access.now)
    assert _seen(access) == before
    access.world.later(seconds=2)
    access.accounts.current(person.token, access.now)
    assert _seen(access) != before


def test_one_session_or_all_the_others_can_be_ended(access: Access) -> None:
    person = access.a_person()
    tokens = [person.token] + [access.enter_fully(person).token for _ in range(3)]
    here = access.accounts.current(tokens[3], access.now)
    found = access.accounts.sessions(person.account.id, access.now, here.session_id)
    assert [view.current for view in found] == [True, False, False, False]
    assert {view.device for view in found} == {DEVICE}
    gone = access.accounts.current(tokens[0], access.now).session_id
    assert access.accounts.revoke(person.account.id, person.account.actor, access.now, gone) == 1
    assert access.accounts.revoke(person.account.id, person.account.actor, access.now, keep=here.session_id) == 2
    alive = [access.accounts.current(token, access.now) is not None for token in tokens]
    assert alive == [False, False, False, True]


def test_nobody_ends_the_session_of_somebody_else(access: Access) -> None:
    ada = access.a_person()
    bice = access.a_person("bice@example.org", name="Bice Prova")
    session_id = access.accounts.current(bice.token, access.now).session_id
    assert access.accounts.revoke(ada.account.id, ada.account.actor, access.now, session_id) == 0
    assert access.accounts.current(bice.token, access.now)


def test_leaving(access: Access) -> None:
    person = access.a_person()
    access.accounts.leave(person.token, access.now)
    assert access.accounts.current(person.token, access.now) is None
    assert access.events(person.account.id)[-1] == "uscita"
    access.accounts.leave(person.token, access.now)
    access.accounts.leave(None, access.now)


def test_tokens_are_stored_hashed(access: Access) -> None:
    person = access.a_person()
    with access.world.factory() as session:
        hashes = set(session.scalars(select(AccountSessionRow.token_hash)))
    assert person.token not in hashes
    assert all(len(value) == 64 for value in hashes)


def test_changing_the_password_ends_the_other_sessions(access: Access) -> None:
    person = access.a_person()
    other = access.enter_fully(person)
    here = access.accounts.current(person.token, access.now).session_id
    change = access.accounts.credentials.change_password
    with pytest.raises(NotAdmitted):
        change(person.account, "sbagliata", "otto gatti sopra il tetto", here, access.now)
    change(person.account, PASSWORD, "otto gatti sopra il tetto", here, access.now)
    assert access.accounts.current(person.token, access.now)
    assert access.accounts.current(other.token, access.now) is None
    access.enter(password="otto gatti sopra il tetto")


def test_changing_the_telephone(access: Access) -> None:
    person = access.a_person()
    here = access.accounts.current(person.token, access.now).session_id
    with pytest.raises(NotAdmitted):
        access.accounts.credentials.change_telephone(person.account, "000000", here, access.now)
    access.accounts.credentials.change_telephone(person.account, person.recovery[3], here, access.now)
    assert access.accounts.current(person.token, access.now).stage == sessions.SETUP
    assert access.accounts.setup_secret(person.token, access.now) != person.app.secret
    assert access.enter(network=NETWORK).stage == sessions.SETUP


def test_an_administrator_resets_a_lost_second_factor(access: Access) -> None:
    person = access.a_person()
    access.accounts.reset_second_factor(person.account.id, ADMIN, access.now)
    assert access.accounts.current(person.token, access.now) is None
    assert access.enter().stage == sessions.SETUP
    with pytest.raises(NotAdmitted):
        access.accounts.confirm_code(access.enter().token, person.recovery[0], access.now, recovery=True)


def _seen(access: Access):
    with access.world.factory() as session:
        return session.scalars(select(AccountSessionRow.seen_at)).all()


# innocents

STRANGER, HOME = "198.51.100.7", "203.0.113.9"


def _fail(access: Access, network: str, times: int, email: str = "ada@example.org", known: str | None = None) -> int:
    """Wrong passwords until one has to wait; how many were tried."""
    for number in range(times):
        try:
            access.accounts.enter(email, "sbagliata", network, DEVICE, access.now, known)
        except NotAdmitted:
            continue
        except Locked:
            return number
    return times


def test_who_knows_an_address_does_not_lock_its_owner_out(access: Access) -> None:
    access.a_person()
    assert _fail(access, STRANGER, 30) == attempts.ONE.free
    assert access.enter(network=HOME)
    with pytest.raises(Locked):
        access.enter(network=STRANGER)


def test_a_known_browser_enters_whatever_strangers_do_from_anywhere(access: Access) -> None:
    access.a_person()
    for number in range(12):
        _fail(access, f"198.51.100.{number}", 5)
    with pytest.raises(Locked):
        access.enter(network=HOME)  # a browser nobody knows, while many networks try
    assert access.accounts.enter("ada@example.org", PASSWORD, HOME, DEVICE, access.now, "browser of Ada")
    assert access.accounts.enter("ada@example.org", PASSWORD, "198.51.100.1", DEVICE, access.now, "browser of Ada")


def test_a_stolen_browser_waits_by_itself(access: Access) -> None:
    access.a_person()
    assert _fail(access, HOME, 30, known="browser of Ada") == attempts.ONE.free
    assert access.enter(network=HOME)


@pytest.mark.long
def test_two_hundred_people_of_one_hospital_may_each_mistype(access: Access) -> None:
    """Nobody of them is known here; each types a wrong password twice, then the right one."""
    for number in range(200):
        attempt = Attempt(access.world.keyring, attempts.PASSWORD, f"persona{number}@example.org", Whence(HOME))
        for _ in range(3):
            with writing(access.world.factory) as session:
                assert not attempt.count_in(session, access.now)
        with writing(access.world.factory) as session:
            attempt.succeeded_in(session)
    with access.world.factory() as session:
        assert session.scalars(select(FailureRow)).all() == []


def test_codes_and_passwords_are_counted_apart(access: Access) -> None:
    person = access.a_person()
    half = access.enter(network=HOME)
    assert _fail(access, HOME, 30) == attempts.ONE.free
    whence = Whence(HOME)
    assert access.accounts.confirm_code(half.token, access.code(person.app), access.now, whence=whence)


def test_a_stranger_with_the_password_does_not_lock_the_second_factor(access: Access) -> None:
    person = access.a_person()
    for _ in range(attempts.ONE.free):
        with pytest.raises(NotAdmitted):
            access.accounts.confirm_code(
                access.enter(network=STRANGER).token, "000000", access.now, whence=Whence(STRANGER)
            )
    with pytest.raises(Locked):
        access.accounts.confirm_code(
            access.enter(network=STRANGER).token, access.code(person.app), access.now, whence=Whence(STRANGER)
        )
    here = access.enter(network=HOME)
    assert access.accounts.confirm_code(here.token, access.code(person.app), access.now, whence=Whence(HOME))
