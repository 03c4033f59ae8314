"""A patient's consent by a link: nothing goes to an operator before it, and whatever ends it erases."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from cases.models import CaseRow, JournalRow
from referrals.consent_models import ConsentRequestRow
from referrals.consent_requests import ConsentRequests
from referrals.contact import Contact, ContactError
from referrals.errors import IdempotencyConflict, LinkInvalid, LinkUsed, SiteNotFound
from referrals.models import LinkRow, OutboxRow, ReferralRow
from referrals.on_behalf import Agreed
from referrals.sender_side import SenderSide
from tests.cases.world import MEASURE
from tests.referrals.test_on_behalf import DOCTOR, OTHER, wish


def yes(operator):
    return Agreed(f"Sono d'accordo: i miei dati vadano a {operator}.", "1")


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


@pytest.fixture
def requests(world):
    return ConsentRequests(world.referrals, world.cases)


def prepare(world, requests, key="chiave", by_email=True, **more):
    prepared = requests.prepare(wish(**more), DOCTOR, by_email, key, world.now)
    return prepared, prepared.url.partition("#")[2]


def rows_of(world, table):
    with world.factory() as session:
        return session.scalars(select(table)).all()


def test_until_the_patient_agrees_nothing_leaves_and_no_health_fact_is_kept(world, requests):
    _, token = prepare(world, requests)
    assert rows_of(world, ReferralRow) == []
    world.deliver()
    (mail,) = world.mails()
    assert mail.to == "zenobia@example.org"
    assert re.search(r"https://rientro\.example\.org/consenso#(\S+)", mail.text).group(1) == token
    assert not re.search("Zenobia|medico|salute|dote|operatore", mail.text)
    asked = requests.read(token, world.now)
    assert (asked.site.site_id, asked.wish.measure, asked.sender.name) == ("ALFA-1", MEASURE, "Marta Medico")
    assert asked.wish.facts == {"occupazione": "disoccupato", "provincia": "MI"}
    case_id = rows_of(world, CaseRow)[0].id
    assert world.cases.get(case_id).facts == {}
    (kept,) = world.cases.export(case_id)["consent_requests"]
    assert kept["contact"]["nome"] == "Zenobia Quattrocchi"


def test_what_is_kept_is_not_readable_in_the_database(world, requests):
    _, token = prepare(world, requests)
    (row,) = rows_of(world, ConsentRequestRow)
    assert b"Zenobia" not in row.sealed and b"ALFA" not in row.sealed
    assert [link for link in rows_of(world, LinkRow) if token in link.token_hash] == []


def test_the_patient_agrees_and_the_referral_goes(world, requests):
    _, token = prepare(world, requests)
    opened = requests.confirm(token, yes, "pagina", world.now)
    referral = world.referrals.get(opened.code)
    assert world.cases.get(referral.case_id).consents["invio"].text.endswith("a Operatore dimostrativo Alfa.")
    assert world.referrals.check_pin(opened.code, opened.pin)
    assert rows_of(world, ConsentRequestRow) == []
    world.deliver()
    assert [mail.to for mail in world.mails(to="alfa@example.org")] == ["alfa@example.org"]
    assert [item.code for item in SenderSide(world.referrals).page(DOCTOR).items] == [opened.code]
    with pytest.raises(LinkUsed):
        requests.read(token, world.now)
    with pytest.raises(LinkInvalid):
        requests.confirm(token, yes, "altra pagina", world.now)
    assert world.jobs.verify_journal()


def test_pressing_yes_twenty_times_at_once_is_one_referral(world, requests):
    _, token = prepare(world, requests)
    with ThreadPoolExecutor(8) as pool:
        codes = {o.code + o.pin for o in pool.map(lambda _: requests.confirm(token, yes, "p", world.now), range(20))}
    assert len(codes) == 1 and len(rows_of(world, ReferralRow)) == 1


def test_preparing_twenty_times_at_once_is_one_request_one_mail_one_link(world, requests):
    with ThreadPoolExecutor(8) as pool:
        made = {p.url for p, _ in pool.map(lambda _: prepare(world, requests), range(20))}
    assert len(made) == 1
    assert len(rows_of(world, ConsentRequestRow)) == len(rows_of(world, CaseRow)) == 1
    assert [row.kind for row in rows_of(world, OutboxRow)] == ["persona_consenso"]


def test_the_same_key_for_something_else_is_refused(world, requests):
    _, token = prepare(world, requests)
    with pytest.raises(IdempotencyConflict):
        prepare(world, requests, name="Altra Persona")
    requests.confirm(token, yes, "p", world.now)
    with pytest.raises(IdempotencyConflict):
        prepare(world, requests)  # «back», after the patient has answered
    assert len(rows_of(world, CaseRow)) == 1


def test_a_no_erases_everything(world, requests):
    _, token = prepare(world, requests)
    case_id = rows_of(world, CaseRow)[0].id
    requests.refuse(token, world.now)
    assert rows_of(world, CaseRow) == rows_of(world, ReferralRow) == []
    assert not world.keyring.ciphers([case_id])
    (row,) = rows_of(world, ConsentRequestRow)
    assert (row.state, row.case_id, row.sealed) == ("rifiutata", None, None)
    (line,) = SenderSide(world.referrals).waiting(DOCTOR).items
    assert (line.state, line.name, line.operator) == ("rifiutata", None, None)
    with pytest.raises(LinkInvalid):
        requests.confirm(token, yes, "p", world.now)
    assert "consenso_link_chiuso" in [row.event for row in rows_of(world, JournalRow)]


def test_seven_days_without_an_answer_erase_everything(world, requests):
    _, token = prepare(world, requests)
    assert world.jobs.consent_requests(world.later(days=6, hours=23)) == 0
    requests.read(token, world.now)
    world.later(hours=1)
    with pytest.raises(LinkInvalid):
        requests.read(token, world.now)
    with pytest.raises(LinkInvalid):
        requests.confirm(token, yes, "p", world.now)
    assert world.jobs.consent_requests(world.now) == 1
    assert world.jobs.consent_requests(world.now) == 0
    assert rows_of(world, CaseRow) == []
    assert SenderSide(world.referrals).waiting(DOCTOR).items[0].state == "scaduta"
    world.cases.purge(world.later(days=31), 365)
    assert rows_of(world, ConsentRequestRow) == []


def test_the_doctor_takes_it_back_and_nobody_else_can(world, requests):
    prepared, token = prepare(world, requests)
    assert not requests.withdraw(prepared.id, OTHER, world.now)
    assert requests.read(token, world.now)
    assert requests.withdraw(prepared.id, DOCTOR, world.now)
    assert not requests.withdraw(prepared.id, DOCTOR, world.now)
    with pytest.raises(LinkInvalid):
        requests.read(token, world.now)
    assert rows_of(world, CaseRow) == []
    assert SenderSide(world.referrals).waiting_count(DOCTOR) == 0


def test_erasing_the_case_from_elsewhere_ends_the_request(world, requests):
    prepare(world, requests)
    world.cases.erase(rows_of(world, CaseRow)[0].id, world.now)
    (row,) = rows_of(world, ConsentRequestRow)
    assert (row.state, row.sealed) == ("ritirata", None)


def test_an_erasure_cut_off_half_way_is_finished(world, requests, monkeypatch):
    _, token = prepare(world, requests)
    monkeypatch.setattr(world.cases, "erase", lambda *_: None)
    requests.refuse(token, world.now)
    monkeypatch.undo()
    assert len(rows_of(world, CaseRow)) == 1
    world.jobs.consent_requests(world.now)
    assert rows_of(world, CaseRow) == []


def test_an_operator_that_left_meanwhile_leaves_the_link_good(world, requests):
    _, token = prepare(world, requests)
    with world.factory() as session:
        session.execute(ReferralRow.metadata.tables["site"].update().values(active=False))
        session.commit()
    with pytest.raises(SiteNotFound):
        requests.confirm(token, yes, "p", world.now)
    assert requests.read(token, world.now)
    requests.refuse(token, world.now)


def test_a_link_by_mail_needs_an_address(world, requests):
    contact = Contact("Zenobia Quattrocchi", "333 1234567")
    with pytest.raises(ContactError, match="serve l'indirizzo e-mail"):
        prepare(world, requests, contact=contact)
    with pytest.raises(SiteNotFound):
        prepare(world, requests, site_id="NESSUNA", by_email=False)
    assert rows_of(world, CaseRow) == []
    prepare(world, requests, contact=contact, by_email=False)
    assert rows_of(world, OutboxRow) == []


def test_another_kind_of_link_opens_nothing_here(world, requests):
    world.sent()
    world.deliver()
    (mail,) = world.mails(to="alfa@example.org")
    token = re.search(r"#(\S+)", mail.text).group(1)
    for stranger in (token, "", "x" * 500):
        with pytest.raises(LinkInvalid):
            requests.read(stranger, world.now)
        with pytest.raises(LinkInvalid):
            requests.refuse(stranger, world.now)


def test_the_waiting_list_goes_by_pages_and_is_the_doctor_s_own(world, requests):
    for number in range(5):
        world.later(minutes=1)
        prepare(world, requests, key=f"k {number}", name=f"Persona {number}")
    side = SenderSide(world.referrals)
    first = side.waiting(DOCTOR, limit=3)
    rest = side.waiting(DOCTOR, after=first.after, limit=3)
    assert [i.name for i in (*first.items, *rest.items)] == [f"Persona {n}" for n in (4, 3, 2, 1, 0)]
    assert first.items[0].operator == "Operatore dimostrativo Alfa" and rest.after is None
    assert side.waiting(OTHER).items == ()
    assert side.waiting_count(DOCTOR) == 5
