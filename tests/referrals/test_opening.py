"""Opening a referral: once, with consent, whatever is clicked or retried, however many times at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from cases import CaseNotFound
from referrals.contact import Contact, ContactError, Preferences
from referrals.errors import AlreadyOpen, ConsentMissing, IdempotencyConflict, SiteNotFound
from referrals.models import OutboxRow, ReferralRow

CF = "RSSMRA80A01F205X"


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


def count(world, table, *conditions):
    with world.factory() as session:
        return session.scalar(select(func.count()).select_from(table).where(*conditions))


def test_one_transaction_writes_consent_referral_journal_and_message(world):
    case_id = world.a_case().id
    opened = world.a_referral(case_id=case_id)
    assert (opened.state, opened.operator, opened.site.site_id) == ("aperta", "Operatore dimostrativo Alfa", "ALFA-1")
    assert world.cases.get(case_id).consented("invio")
    assert [s.state for s in world.referrals.get(opened.code).steps] == ["aperta"]
    assert count(world, OutboxRow) == 1
    assert world.referrals.for_case(case_id).code == opened.code


def test_a_failure_half_way_writes_nothing(world, monkeypatch):
    def breaks(*_):
        raise RuntimeError

    monkeypatch.setattr(world.referrals.writer.notices, "changed_in", breaks)
    case_id = world.a_case().id
    with pytest.raises(RuntimeError):
        world.a_referral(case_id=case_id)
    assert world.referrals.for_case(case_id) is None
    assert not world.cases.get(case_id).consented("invio")


def test_the_same_key_gives_the_same_code_and_pin(world):
    case_id = world.a_case().id
    first = world.a_referral(case_id=case_id, key="k")
    assert world.a_referral(case_id=case_id, key="k") == first
    world.deliver()
    again = world.a_referral(case_id=case_id, key="k")
    assert (again.code, again.pin, again.state) == (first.code, first.pin, "inviata")
    assert count(world, ReferralRow) == 1


def test_the_same_key_for_another_request_is_a_conflict(world):
    case_id = world.a_case().id
    world.a_referral(case_id=case_id, key="k")
    with pytest.raises(IdempotencyConflict):
        world.a_referral(case_id=case_id, key="k", site="BETA-1")


def test_no_second_open_referral_of_a_case_for_the_same_measure(world):
    case_id = world.a_case().id
    first = world.a_referral(case_id=case_id)
    with pytest.raises(AlreadyOpen) as error:
        world.a_referral(case_id=case_id, site="BETA-1")
    assert error.value.code == first.code
    world.a_referral(case_id=case_id, measure="azioni_di_rete")
    world.referrals.cancel(first.code, "persona", world.now)
    world.a_referral(case_id=case_id, site="BETA-1")


def test_the_same_person_is_recognised_in_another_conversation_by_codice_fiscale(world):
    world.a_referral(contact=Contact("Mario Rossi", "3331234567", codice_fiscale=CF))
    with pytest.raises(AlreadyOpen) as error:
        world.a_referral(contact=Contact("Rossi Mario", email="m@example.org", codice_fiscale=CF.lower()))
    assert error.value.code is None  # the code belongs to the other conversation


def test_a_shared_telephone_is_not_a_shared_identity(world):
    hers = world.a_referral(contact=Contact("Ada Prova", "3331234567"))
    his = world.a_referral(contact=Contact("Ugo Prova", "3331234567"))
    assert hers.code != his.code
    assert [world.person.contact(opened.code)[0].nome for opened in (hers, his)] == ["Ada Prova", "Ugo Prova"]


@pytest.mark.parametrize("copies", [25])
def test_many_confirmations_at_once_make_one_referral_each(world, copies):
    people = [world.a_case().id for _ in range(12)]

    def confirm(number):
        case_id = people[number % len(people)]
        return world.a_referral(case_id=case_id, key=f"confirm {case_id}")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(confirm, range(len(people) * copies)))
    assert len({(a.code, a.pin) for a in answers}) == len(people)
    assert count(world, ReferralRow) == len(people)
    assert count(world, OutboxRow) == len(people)
    assert world.jobs.verify_journal()


def test_two_keys_at_once_for_the_same_person_make_one_referral(world):
    case_id = world.a_case().id

    def confirm(number):
        try:
            return world.a_referral(case_id=case_id, key=f"tab {number}").code
        except AlreadyOpen as error:
            return error.code

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(confirm, range(24)))) == 1
    assert count(world, ReferralRow) == 1


@pytest.mark.parametrize(
    ("site", "measure"), [("NESSUNA", "dote_ritorno_al_lavoro"), ("GAMMA-1", "azioni_di_rete"), ("ALFA-1", "inventata")]
)
def test_a_site_that_does_not_offer_the_measure_is_refused(world, site, measure):
    with pytest.raises(SiteNotFound):
        world.a_referral(site=site, measure=measure)


def test_a_site_closed_meanwhile_is_refused(world):
    world.directory.import_csv(
        "operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,misure,attivo\n"
        "ALFA,Operatore dimostrativo Alfa,ALFA-1,Alfa Milano,Via Prova 1,Milano,MI,dote_ritorno_al_lavoro,no\n",
        world.now,
    )
    with pytest.raises(SiteNotFound):
        world.a_referral()


def test_a_site_that_cannot_be_written_to_is_refused(world):
    world.directory.import_csv(
        "operatore_id,operatore,sede_id,sede,indirizzo,comune,provincia,misure\n"
        "MUTA,Operatore dimostrativo Muto,MUTA-1,Muta,Via Prova 1,Milano,MI,dote_ritorno_al_lavoro\n",
        world.now,
    )
    with pytest.raises(SiteNotFound):
        world.a_referral(site="MUTA-1")


def test_no_consent_no_referral(world):
    with pytest.raises(ConsentMissing):
        world.a_referral(consent="  ")


def test_no_case_no_referral(world):
    with pytest.raises(CaseNotFound):
        world.a_referral(case_id="0" * 32, confirmed=False)


@pytest.mark.parametrize(
    ("contact", "field"),
    [
        (Contact("", "3331234567"), "nome"),
        (Contact("<b>Ada</b>", "3331234567"), "nome"),
        (Contact("Ada Prova"), "recapito"),
        (Contact("Ada Prova", "12"), "telefono"),
        (Contact("Ada Prova", "boh"), "telefono"),
        (Contact("Ada Prova", email="ada@"), "email"),
        (Contact("Ada Prova", email="ada@example.org\nBcc: x@example.org"), "email"),
        (Contact("Ada Prova", "3331234567", codice_fiscale="AAAAAA80A01F205X"), "codice_fiscale"),
    ],
)
def test_wrong_contact_data_are_named(world, contact, field):
    with pytest.raises(ContactError) as error:
        world.a_referral(contact=contact)
    assert error.value.field == field


def test_contact_data_are_kept_in_canonical_form(world):
    contact = Contact("  Mario   Rossi ", "02 1234567", "Mario@EXAMPLE.org", CF.lower())
    opened = world.a_referral(contact=contact, preferences=Preferences(channel="email", may_leave_message=True))
    kept, preferences = world.person.contact(opened.code)
    assert kept == Contact("Mario Rossi", "+39021234567", "Mario@example.org", CF)
    assert (preferences.channel, preferences.may_leave_message) == ("email", True)
