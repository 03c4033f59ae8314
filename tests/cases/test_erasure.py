"""Erasing a case: nothing readable is left, on disk or in backups."""

import base64
import json
import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from cases import CaseNotFound, erasure, forgetting, journal
from cases.db import writing
from cases.errors import DecryptionFailed, KeyShredded
from cases.keys import Keyring
from cases.models import CaseRow, JournalRow
from referrals.contact import Contact, Preferences

WORDS = (
    "Zenobia",
    "Quasimodini",
    "ocarinista",
    "zenobia@example.org",
    "391234567",
    "ZQSZNB80A41F205X",
    "colorespettro",
)

PERSONAL_TABLES = (
    "consent",
    "turn",
    "assessment",
    "case_token",
    "referral_data",
    "appointment",
    "outbox",
    "mailbox",
    "magic_link",
)


@pytest.fixture
def full(world):
    """A world with a person whose every word is distinctive, and another who stays."""
    world.with_operators()
    record = world.a_case(comune="ocarinista")
    world.case_id = record.id
    world.cases.update(record.id, world.now, "persona", dialogue={"draft": "colorespettro"})
    world.cases.grant_consent(record.id, "salute", "Consenso di Zenobia", "1", world.now)
    world.cases.issue_token(record.id, world.now)
    world.cases.add_turn(record.id, "persona", {"text": "Sono Zenobia Quasimodini, ocarinista"}, world.now)
    result = {
        "ruleset": "r",
        "assessments": [{"measure": "tirocinio", "verdict": "da_verificare", "x": "colorespettro"}],
    }
    with writing(world.factory) as session:
        world.cases.record_assessment_in(session, record.id, result, world.today, world.now)
    world.opened = world.a_referral(
        case_id=record.id,
        contact=Contact("Zenobia Quasimodini", "3912345678", "zenobia@example.org"),
        preferences=Preferences(helper="Quasimodini figlio"),
        sender_email="zenobia@example.org",
    )
    world.deliver()
    world.other = world.a_referral(site="BETA-1")
    return world


def clear_words(world):
    """Distinctive words found in any byte of the data folder or of the database."""
    places = {p: p.read_bytes() for p in world.folder.rglob("*") if p.is_file()}
    if world.engine.dialect.name == "postgresql":
        tables = world_tables(world)
        with world.engine.connect() as connection:
            for table in tables:
                rows = connection.execute(text(f'SELECT t::text FROM "{table}" t')).scalars().all()
                places[table] = "\n".join(rows).encode()
    return {(str(place), word) for place, content in places.items() for word in WORDS if word.encode() in content}


def world_tables(world):
    with world.engine.connect() as connection:
        return connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()


def test_no_word_of_a_person_is_in_clear_while_the_case_lives(full):
    assert clear_words(full) == set()
    assert "Zenobia" in json.dumps(full.cases.export(full.case_id))


def test_erasing_reaches_every_table(full):
    assert full.mails(to="zenobia@example.org")
    assert full.cases.erase(full.case_id, full.later(minutes=1))
    with pytest.raises(CaseNotFound):
        full.cases.get(full.case_id)
    with full.factory() as session:
        for table in (
            "consent",
            "turn",
            "assessment",
            "case_token",
            "referral_data",
            "outbox",
            "mailbox",
            "magic_link",
        ):
            count = session.scalar(text(f"SELECT count(*) FROM {table} WHERE case_id = :id"), {"id": full.case_id})
            assert (table, count) == (table, 0)
    assert full.mails(to="zenobia@example.org") == []
    assert full.case_id not in full.keyring.scopes()
    assert clear_words(full) == set()


def test_the_referral_stays_as_anonymous_history_and_the_operator_is_told(full):
    full.cases.erase(full.case_id, full.later(minutes=1))
    left = full.referrals.get(full.opened.code)
    assert (left.state, left.case_id) == ("annullata", None)
    assert not full.referrals.check_pin(full.opened.code, full.opened.pin, full.now)
    full.deliver()
    assert [m.subject for m in full.mails(to="alfa@example.org")] == [f"Segnalazione {full.opened.code} annullata"]
    assert full.person.contact(full.opened.code) is None


def test_the_journal_keeps_that_it_happened_and_still_verifies(full):
    full.cases.erase(full.case_id, full.later(minutes=1))
    with full.factory() as session:
        events = session.scalars(select(JournalRow.event).where(JournalRow.subject == full.case_id)).all()
        assert events[0] == "caso_aperto"
        assert events[-1] == "caso_cancellato"
        assert journal.verify(session, full.keyring)


def test_other_people_keep_everything(full):
    full.cases.erase(full.case_id, full.later(minutes=1))
    assert full.referrals.get(full.other.code).state == "aperta"
    assert full.person.contact(full.other.code)[0].nome == "Ada Prova"
    assert full.deliver()


def test_a_backup_made_before_stays_unreadable_for_ever(full, tmp_path):
    with full.factory() as session:
        row = session.get(CaseRow, full.case_id)
        sealed, case_id = row.facts_sealed, row.id  # what any backup of the database holds
    full.cases.erase(case_id, full.later(minutes=1))
    from cases.errors import KeyShredded

    with pytest.raises(KeyShredded):
        full.keyring.cipher(case_id)
    full.keyring.create(case_id)  # not even by making a key of the same name
    with pytest.raises(DecryptionFailed):
        full.keyring.cipher(case_id).open("case_record", "facts", case_id, sealed)


def test_erasing_twice_or_what_never_was_is_harmless(full):
    assert full.cases.erase(full.case_id, full.now)
    assert not full.cases.erase(full.case_id, full.now)
    assert not full.cases.erase("0" * 32, full.now)


@pytest.mark.parametrize("state", ["presa_in_carico", "pip_sottoscritto", "rifiutata", "conclusa"])
def test_a_case_can_be_erased_whatever_its_referrals_state(world, state):
    world.with_operators()
    opened = world.at_state(state)
    case_id = world.referrals.get(opened.code).case_id
    assert world.cases.erase(case_id, world.later(minutes=1))
    ends = {"presa_in_carico": "annullata", "pip_sottoscritto": "conclusa"}
    assert world.referrals.get(opened.code).state == ends.get(state, state)


def test_an_erasure_cut_off_after_the_key_is_finished_later(full, monkeypatch):
    def power_cut(*_arguments, **_named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(erasure, "delete", power_cut)  # the step after the key's destruction
        with pytest.raises(KeyboardInterrupt):
            full.cases.erase(full.case_id, full.now)
    with full.factory() as session:
        assert session.get(CaseRow, full.case_id) is not None
    with pytest.raises(CaseNotFound):  # unreadable from that moment on
        full.cases.get(full.case_id)
    full.deliver()  # and nothing about them leaves any more
    assert erasure.sweep(full.factory, full.keyring, full.now) == 1
    with full.factory() as session:
        assert session.get(CaseRow, full.case_id) is None
    assert erasure.sweep(full.factory, full.keyring, full.now) == 0
    assert full.referrals.get(full.opened.code).state == "annullata"


def test_without_the_hook_the_database_itself_refuses_to_orphan_an_open_referral(full, monkeypatch):
    from sqlalchemy.exc import IntegrityError

    monkeypatch.setattr(erasure, "_hooks", [])
    with pytest.raises(IntegrityError):
        full.cases.erase(full.case_id, full.now)


def test_a_copied_key_store_reads_the_case_only_until_shredded(full, tmp_path):
    shutil.copytree(full.folder / "keys", tmp_path / "copy")
    full.cases.erase(full.case_id, full.now)
    copy = Keyring.open(tmp_path / "copy")
    assert full.case_id in copy.scopes()
    copy.shred_again(full.keyring.shredded())
    assert full.case_id not in copy.scopes()


def test_which_health_questions_were_answered_is_forgotten_with_the_case(full):
    case = full.cases.open("cittadino", full.now)
    full.cases.update(case.id, full.now, "persona", facts={"invalidita_percento": 71, "eta": 50})
    full.cases.update(case.id, full.now, "persona", forget=["invalidita_percento"])
    full.cases.erase(case.id, full.now)
    with full.factory() as session:
        rows = session.scalars(select(JournalRow).where(JournalRow.subject == case.id)).all()
    assert len(rows) >= 4
    assert not any("invalidita" in row.detail or '"eta"' in row.detail for row in rows)
    names = next(json.loads(row.detail)["names"] for row in rows if "names" in row.detail)
    with pytest.raises(KeyShredded):
        full.keyring.cipher(case.id).open("journal", "facts", case.id, base64.b64decode(names))
    with full.factory() as session:
        assert journal.verify(session, full.keyring)


def test_what_others_must_forget_is_written_with_the_erasure_and_waits_for_them(full):
    case = full.cases.open("cittadino", full.now)
    full.cases.erase(case.id, full.now)
    assert forgetting.due(full.factory, full.now) == []  # the gateway tells them first
    later = full.now + timedelta(minutes=1)
    assert forgetting.due(full.factory, later) == [case.id]
    forgetting.done(full.factory, case.id)
    assert forgetting.due(full.factory, later) == []
