"""External identities: who is let in, as whom."""

from __future__ import annotations

import pytest

from accounts import sessions
from accounts.errors import LinkNotValid, NotLinked
from accounts.identities import Claims
from tests.accounts.conftest import ADMIN, DEVICE, Access

pytestmark = pytest.mark.any_database

ISSUER = "https://identita.example.org"


def claims(**more) -> Claims:
    values = {"subject": "TINIT-1", "email": "ada@example.org", "email_verified": True, "strong": False} | more
    return Claims(issuer=more.pop("issuer", ISSUER), **{key: value for key, value in values.items() if key != "issuer"})


def enter(access: Access, **more):
    return access.accounts.identities.enter(claims(**more), DEVICE, access.now)


def test_a_verified_address_links_once_and_the_subject_enters_ever_after(access: Access) -> None:
    person = access.a_person()
    assert enter(access).stage == sessions.CODE
    assert enter(access, email=None, email_verified=False).account.id == person.account.id
    assert enter(access, email="altra@example.org").account.id == person.account.id
    assert access.accounts.identities.count(person.account.id) == 1
    assert access.events(person.account.id).count("identita_collegata") == 1


@pytest.mark.parametrize(
    "said",
    [
        {"email_verified": False},
        {"email": None},
        {"email": "nessuno@example.org"},
        {"email": "non un indirizzo"},
    ],
)
def test_no_account_no_entry(access: Access, said: dict) -> None:
    access.a_person()
    with pytest.raises(NotLinked):
        enter(access, **said)


def test_the_same_subject_of_another_provider_is_another_person(access: Access) -> None:
    access.a_person()
    enter(access)
    with pytest.raises(NotLinked):
        enter(access, issuer="https://altro.example.org", email=None)


def test_a_strong_provider_needs_no_second_code_of_ours(access: Access) -> None:
    access.a_person()
    assert enter(access, strong=True).stage == sessions.FULL
    assert enter(access, strong=False).stage == sessions.CODE


def test_who_was_invited_may_enter_without_ever_choosing_a_password(access: Access) -> None:
    secret = access.invite()
    entered = enter(access, strong=True)
    assert entered.stage == sessions.FULL
    assert entered.account.ready
    with pytest.raises(LinkNotValid):
        access.accept(secret)


def test_a_suspended_account_stays_out(access: Access) -> None:
    person = access.a_person()
    enter(access)
    access.accounts.set_active(person.account.id, False, ADMIN, access.now)
    with pytest.raises(NotLinked):
        enter(access)


def test_unlinking(access: Access) -> None:
    person = access.a_person()
    enter(access)
    access.accounts.identities.unlink(person.account, access.now)
    assert access.accounts.identities.count(person.account.id) == 0
    with pytest.raises(NotLinked):
        enter(access, email=None)
