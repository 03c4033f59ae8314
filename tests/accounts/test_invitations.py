"""Invitation, password reset, first administrator."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from accounts import first_start, sessions
from accounts.errors import EmailTaken, LinkNotValid, NotAdmitted, WeakPassword
from accounts.models import AccountLinkRow
from accounts.service import Accounts
from tests.accounts.conftest import ADMIN, PASSWORD, Access

pytestmark = pytest.mark.any_database


def test_an_invitation_arrives_by_mail_and_opens_once(access: Access) -> None:
    secret = access.invite(role="sportello")
    (mail,) = access.world.mails()
    assert mail.to == "ada@example.org"
    assert "persona dello sportello" in mail.text
    assert "Ada" not in mail.text + mail.subject
    entered = access.accept(secret)
    assert entered.stage == sessions.SETUP
    with pytest.raises(LinkNotValid):
        access.accept(secret, "un'altra password lunga e strana")
    assert access.enter().stage == sessions.SETUP


def test_reading_an_invitation_does_not_use_it_up(access: Access) -> None:
    secret = access.invite()
    for _ in range(3):
        purpose, owner = access.accounts.invitations.read(secret, access.now)
    assert (purpose, owner.name) == ("invito", "Ada Prova")
    access.accept(secret)


def test_only_the_hash_of_the_secret_is_stored(access: Access) -> None:
    secret = access.invite()
    with access.world.factory() as session:
        assert secret not in str(session.scalars(select(AccountLinkRow.token_hash)).all())
        (row,) = session.scalars(select(AccountLinkRow))
    assert len(row.token_hash) == 64


def test_an_invitation_lasts_three_days(access: Access) -> None:
    secret = access.invite()
    access.world.later(hours=71)
    access.accounts.invitations.read(secret, access.now)
    access.world.later(hours=2)
    with pytest.raises(LinkNotValid):
        access.accept(secret)


def test_a_new_invitation_replaces_the_old_one(access: Access) -> None:
    old = access.invite()
    (account,), _ = access.accounts.list()
    access.world.later(minutes=1)
    access.accounts.invitations.invite_again(account.id, ADMIN, access.now)
    new = access.secret_sent_to("ada@example.org")
    assert new != old
    with pytest.raises(LinkNotValid):
        access.accept(old)
    access.accept(new)


def test_a_weak_password_leaves_the_invitation_alive(access: Access) -> None:
    secret = access.invite()
    with pytest.raises(WeakPassword):
        access.accept(secret, "password")
    access.accept(secret)


def test_two_browsers_with_the_same_link_one_wins(access: Access) -> None:
    secret = access.invite()
    access.accounts.invitations.read(secret, access.now)
    access.accept(secret)
    with pytest.raises(LinkNotValid):
        access.accept(secret, "quattro cani gialli nel bosco")
    access.enter(password=PASSWORD)


def test_one_address_one_account_whatever_the_spelling(access: Access) -> None:
    access.invite("ada@example.org")
    with pytest.raises(EmailTaken):
        access.invite("Ada@Example.ORG")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "ada@"}, "e-mail"),
        ({"name": "  "}, "nome"),
        ({"role": "re"}, "Ruolo"),
        ({"role": "operatore"}, "operatore"),
    ],
)
def test_what_is_refused_is_refused_in_italian(access: Access, wrong: dict, words: str) -> None:
    values = {"name": "Ada Prova", "email": "ada@example.org", "role": "medico"} | wrong
    with pytest.raises(ValueError, match=words):
        access.accounts.invitations.invite(**values, actor=ADMIN, now=access.now)
    assert access.accounts.list() == ([], 0)
    assert access.world.deliver() == 0


def test_a_suspended_account_cannot_use_its_invitation(access: Access) -> None:
    secret = access.invite()
    (account,), _ = access.accounts.list()
    access.accounts.set_active(account.id, False, ADMIN, access.now)
    with pytest.raises(LinkNotValid):
        access.accept(secret)


# resetting


def test_a_forgotten_password_keeps_the_second_factor(access: Access) -> None:
    person = access.a_person()
    access.accounts.invitations.ask_reset("ADA@example.org", access.now)
    entered = access.accept(access.secret_sent_to("ada@example.org"), "nuove parole mai dette prima")
    assert entered.stage == sessions.CODE
    assert access.accounts.current(person.token, access.now) is None, "the old sessions end"
    with pytest.raises(NotAdmitted):
        access.enter(password=PASSWORD)
    access.world.deliver()
    assert "password" in access.world.mails()[-1].subject.lower()


def test_asking_for_a_reset_tells_nothing_and_mails_once(access: Access) -> None:
    access.a_person()
    access.world.deliver()
    before = len(access.world.mails())
    access.accounts.invitations.ask_reset("nessuno@example.org", access.now)
    access.accounts.invitations.ask_reset("non un indirizzo", access.now)
    assert access.world.deliver() == 0
    for _ in range(5):
        access.accounts.invitations.ask_reset("ada@example.org", access.now)
    access.world.deliver()
    assert len(access.world.mails()) == before + 1


def test_a_reset_link_lasts_an_hour(access: Access) -> None:
    access.a_person()
    access.accounts.invitations.ask_reset("ada@example.org", access.now)
    secret = access.secret_sent_to("ada@example.org")
    access.world.later(minutes=61)
    with pytest.raises(LinkNotValid):
        access.accept(secret, "nuove parole mai dette prima")


# the first administrator


def test_first_start_gives_one_way_in_until_somebody_is_in(access: Access) -> None:
    settings = access.world.settings.model_copy(update={"mode": "production"})
    accounts = access.accounts = Accounts(access.world.factory, access.world.keyring, settings)
    start = lambda: first_start(settings, access.world.factory, access.world.keyring, access.now)  # noqa: E731
    first, second = start(), start()
    assert first and second and first != second
    assert accounts.list()[1] == 1, "starting again makes no second administrator"
    with pytest.raises(LinkNotValid):
        access.accept(first.partition("#")[2], name="Ada Prova", email="ada@example.org")
    secret = second.partition("#")[2]
    with pytest.raises(ValueError, match="nome"):
        access.accept(secret, name="", email="ada@example.org")
    with pytest.raises(ValueError, match="e-mail"):
        access.accept(secret, name="Ada Prova", email="")
    entered = access.accept(secret, name="Ada Prova", email="ada@example.org")
    assert (entered.account.role, entered.stage) == ("amministratore", sessions.SETUP)
    assert start() is None


def test_demo_people_exist_only_in_demo(access: Access) -> None:
    from accounts import demo

    production = access.world.settings.model_copy(update={"mode": "production"})
    first_start(production, access.world.factory, access.world.keyring, access.now)
    assert not demo.exist(access.world.factory)

    access.world.with_operators()
    in_demo = access.world.settings.model_copy(update={"mode": "demo"})
    assert first_start(in_demo, access.world.factory, access.world.keyring, access.now).endswith("/accesso")
    first_start(in_demo, access.world.factory, access.world.keyring, access.now)
    demo_accounts = Accounts(access.world.factory, access.world.keyring, in_demo)
    access.accounts = demo_accounts
    assert access.enter("medico@example.org", demo.PASSWORD).stage == sessions.FULL
    token = access.enter("supervisore@example.org", demo.PASSWORD).token

    access.accounts = Accounts(access.world.factory, access.world.keyring, production)
    with pytest.raises(NotAdmitted):
        access.enter("medico@example.org", demo.PASSWORD)
    assert access.accounts.current(token, access.now) is None, "a session of the demonstration ends with it"


def test_whoever_runs_the_machine_can_let_the_last_administrator_back_in(
    access: Access, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from accounts.__main__ import main
    from settings import clock

    person = access.a_person(role="amministratore")
    monkeypatch.setattr("accounts.__main__.get_settings", lambda: access.world.settings)
    assert main(["link", "nessuno@example.org"]) == 1
    assert main([]) == 2
    assert main(["link", "ada@example.org"]) == 0
    access.world.now = clock.now()
    entered = access.accept(capsys.readouterr().out.strip().rpartition("#")[2], "otto gatti sopra il tetto")
    assert entered.stage == sessions.SETUP
    assert access.accounts.current(person.token, access.now) is None
    assert "accesso_di_emergenza" in access.events(person.account.id)
