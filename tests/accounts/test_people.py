"""Suspension, change of role, erasure, and what is kept of whom."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from accounts import audit
from accounts.errors import AccountNotFound, LastAdministrator, NotAdmitted
from accounts.models import AccountRow
from cases import journal
from cases.db import current_revision, downgrade, make_engine, upgrade
from tests.accounts.conftest import ADMIN, Access


def test_a_suspension_ends_everything_at_once(access: Access) -> None:
    person = access.a_person()
    access.accounts.set_active(person.account.id, False, ADMIN, access.now)
    assert access.accounts.current(person.token, access.now) is None
    with pytest.raises(NotAdmitted):
        access.enter()
    access.accounts.set_active(person.account.id, True, ADMIN, access.now)
    access.enter()


def test_a_change_of_role_ends_the_sessions(access: Access) -> None:
    access.world.with_operators()
    person = access.a_person(territory=("MI", "LO"))
    assert person.account.territory == ("MI", "LO")
    access.accounts.change(person.account.id, "operatore", "ALFA", ["MI"], ADMIN, access.now)
    assert access.accounts.current(person.token, access.now) is None
    changed = access.accounts.get(person.account.id)
    assert (changed.role, changed.operator_id, changed.territory) == ("operatore", "ALFA", ())
    with pytest.raises(ValueError, match="operatore"):
        access.accounts.change(person.account.id, "operatore", None, [], ADMIN, access.now)


def test_somebody_must_remain_who_can_administer(access: Access) -> None:
    only = access.a_person(role="amministratore").account
    access.invite("bice@example.org", "amministratore", "Bice Prova")  # invited, never entered
    for attempt in (
        lambda: access.accounts.set_active(only.id, False, ADMIN, access.now),
        lambda: access.accounts.change(only.id, "medico", None, [], ADMIN, access.now),
        lambda: access.accounts.erase(only.id, ADMIN, access.now),
    ):
        with pytest.raises(LastAdministrator):
            attempt()
    access.a_person("carla@example.org", "amministratore", name="Carla Prova")
    access.accounts.erase(only.id, ADMIN, access.now)


def test_an_erased_account_leaves_no_name(access: Access) -> None:
    person = access.a_person()
    access.accounts.erase(person.account.id, ADMIN, access.now)
    with pytest.raises(AccountNotFound):
        access.accounts.get(person.account.id)
    assert access.accounts.names([person.account.id]) == {}
    assert access.accounts.list() == ([], 0)
    with pytest.raises(NotAdmitted):
        access.enter()
    with access.world.factory() as session:
        row = session.get_one(AccountRow, person.account.id)
        assert (row.email_key, row.identity_sealed, row.password_hash, row.totp_sealed) == (None,) * 4
    assert access.events(person.account.id)[-1] == "account_cancellato"
    access.a_person()  # the address is free again


def test_nothing_readable_about_a_person_is_in_the_database(access: Access) -> None:
    person = access.a_person("melania.passalacqua@example.org", name="Melania Passalacqua")
    access.world.deliver()
    with access.world.factory() as session:
        tables = [name for name in AccountRow.metadata.tables]
        everything = "".join(
            repr(tuple(row)) for table in tables for row in session.execute(text(f'SELECT * FROM "{table}"'))
        ).lower()
    for secret in ("passalacqua", "melania", person.app.secret.lower(), person.password, person.token.lower()):
        assert secret not in everything
    for code in person.recovery:
        assert code.lower() not in everything
        assert code.replace("-", "").lower() not in everything


def test_the_journal_tells_who_entered_and_verifies(access: Access) -> None:
    person = access.a_person()
    access.enter_fully(person)
    assert access.events(person.account.id) == [
        "account_creato",
        "invito_inviato",
        "invito_accettato",
        "secondo_fattore_attivato",
        "accesso_riuscito",
        "accesso_riuscito",
    ]
    with access.world.factory() as session:
        assert journal.verify(session, access.world.keyring) >= 6
        rows = audit.page_in(session, access.world.keyring, subject=person.account.id)
        assert {row.who for row in rows if row.event == "accesso_riuscito"} == {"Ada Prova"}
        assert "Ada" not in str([row.detail for row in rows])
        first = audit.page_in(session, access.world.keyring, limit=2, subject=person.account.id)
        rest = audit.page_in(session, access.world.keyring, limit=100, before=first[-1].id, subject=person.account.id)
        assert [row.id for row in first + rest] == [row.id for row in rows]


def test_lists_go_page_by_page_and_are_searched(access: Access) -> None:
    for number in range(7):
        access.invite(f"p{number}@example.org", "sportello" if number % 2 else "medico", f"Persona Numero{number}")
        access.world.later(seconds=1)
    page, count = access.accounts.list(limit=3)
    assert ([one.name for one in page], count) == (["Persona Numero6", "Persona Numero5", "Persona Numero4"], 7)
    assert access.accounts.list(limit=3, offset=6)[0][0].name == "Persona Numero0"
    assert access.accounts.list(role="sportello")[1] == 3
    assert [one.email for one in access.accounts.search("numero3 persona")] == ["p3@example.org"]
    assert [one.name for one in access.accounts.search("P4@example.org")] == ["Persona Numero4"]
    assert access.accounts.search("nessuna") == []
    assert len(access.accounts.search("persona", limit=2)) == 2


def test_the_database_refuses_what_the_code_would(access: Access) -> None:
    access.invite()
    with access.world.factory() as session:
        row = session.scalars(select(AccountRow)).one()
        row.role = "operatore"
        with pytest.raises(Exception, match=r"ck_account_operator|CHECK"):
            session.flush()


def test_the_migration_matches_the_tables_and_goes_back(empty_database: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = make_engine(empty_database)
    upgrade(engine)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), AccountRow.metadata)
        assert [entry for entry in found if "account" in str(entry) or "access_failure" in str(entry)] == []
    downgrade(engine, "0003")
    upgrade(engine)
    assert current_revision(engine) is not None
    engine.dispose()
