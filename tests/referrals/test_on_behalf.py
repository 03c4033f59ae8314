"""A doctor opens a referral with the consent given there, and follows its own ones."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from cases.models import CaseRow, JournalRow
from referrals.contact import Contact, ContactError
from referrals.errors import AlreadyOpen, ConsentMissing, IdempotencyConflict, ReferralNotFound, SiteNotFound
from referrals.models import ReferralRow
from referrals.on_behalf import Agreed, OnBehalf, Sender, Wish
from referrals.sender_side import SenderSide
from tests.cases.world import MEASURE

DOCTOR = Sender("medico:1", "Marta Medico", "medico@example.org")
OTHER = Sender("medico:2", "Mario Medico", "altro@example.org")
FACTS = {"occupazione": "disoccupato", "provincia": "MI", "invalidita_percento": 80}
SENDING, HEALTH = Agreed("Sì all'invio.", "1"), Agreed("Sì ai dati di salute.", "1")


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


@pytest.fixture
def side(world):
    return OnBehalf(world.referrals, world.cases)


def wish(name="Zenobia Quattrocchi", **more):
    contact = more.pop("contact", None) or Contact(name, "333 1234567", "zenobia@example.org")
    return Wish(more.pop("site_id", "ALFA-1"), MEASURE, contact, facts=FACTS, **more)


def rows_of(world, table):
    with world.factory() as session:
        return session.query(table).all()


def test_with_both_consents_everything_is_kept_and_journalled(world, side):
    opened = side.open(wish(), DOCTOR, SENDING, HEALTH, "chiave", world.now)
    referral = world.referrals.get(opened.code)
    record = world.cases.get(referral.case_id)
    assert (record.role, record.facts) == ("medico", FACTS)
    assert record.consents["invio"].text == SENDING.text and record.consents["salute"].text == HEALTH.text
    assert world.referrals.check_pin(opened.code, opened.pin)
    events = [(row.event, row.actor) for row in rows_of(world, JournalRow)]
    assert events.count(("consenso_chiesto", "medico:1")) == 2
    assert world.jobs.verify_journal()


def test_without_the_consent_to_health_those_facts_are_not_kept(world, side):
    opened = side.open(wish(), DOCTOR, SENDING, None, "chiave", world.now)
    record = world.cases.get(world.referrals.get(opened.code).case_id)
    assert record.facts == {"occupazione": "disoccupato", "provincia": "MI"}
    assert "salute" not in record.consents


def test_one_click_or_twenty_at_once_are_one_referral_and_one_case(world, side):
    def click(_):
        return side.open(wish(), DOCTOR, SENDING, HEALTH, "chiave", world.now)

    with ThreadPoolExecutor(8) as pool:
        opened = set(pool.map(lambda n: (click(n).code, click(n).pin), range(10)))
    assert len(opened) == 1
    assert len(rows_of(world, CaseRow)) == 1
    with pytest.raises(IdempotencyConflict):
        side.open(wish("Altra Persona"), DOCTOR, SENDING, HEALTH, "chiave", world.now)


@pytest.mark.parametrize(
    ("change", "sending", "error"),
    [
        ({"site_id": "NESSUNA"}, SENDING, SiteNotFound),
        ({"contact": Contact("Z")}, SENDING, ContactError),
        ({}, Agreed("  ", "1"), ConsentMissing),
    ],
)
def test_what_fails_leaves_no_case_and_no_key(world, side, change, sending, error):
    with pytest.raises(error):
        side.open(wish(**change), DOCTOR, sending, HEALTH, "chiave", world.now)
    assert rows_of(world, CaseRow) == []
    assert side.open(wish(), DOCTOR, SENDING, HEALTH, "chiave", world.now).code, "the key is free for the right try"


def test_a_failed_opening_destroys_its_key(world, side):
    made = []
    create = world.keyring.create
    world.keyring.create = lambda scope: (made.append(scope), create(scope))[1]
    with pytest.raises(SiteNotFound):
        side.open(wish(site_id="NESSUNA"), DOCTOR, SENDING, HEALTH, "chiave", world.now)
    assert len(made) == 1 and not world.keyring.ciphers(made)


def test_the_same_person_has_one_open_referral_for_a_measure(world, side):
    contact = Contact("Ada Prova", "333 1234567", codice_fiscale="RSSMRA80A01F205X")
    side.open(wish(contact=contact), DOCTOR, SENDING, None, "uno", world.now)
    with pytest.raises(AlreadyOpen):
        side.open(wish(contact=contact), DOCTOR, SENDING, None, "due", world.now)


def test_a_doctor_sees_only_its_own_newest_first(world, side):
    for number in range(7):
        side.open(wish(f"Persona {number}"), DOCTOR, SENDING, None, f"mia {number}", world.later(minutes=1))
    side.open(wish("Altrui"), OTHER, SENDING, None, "altrui", world.now)
    world.sent()
    sent = SenderSide(world.referrals)
    first = sent.page(DOCTOR, limit=4)
    rest = sent.page(DOCTOR, after=first.after, limit=4)
    names = [item.name for item in (*first.items, *rest.items)]
    assert names == [f"Persona {number}" for number in reversed(range(7))]
    assert (first.counts, rest.after) == ({"aperta": 7}, None)
    assert sent.page(DOCTOR, state="inviata").items == ()
    assert sent.page(DOCTOR, measure="azioni_di_rete").items == ()
    for place in ("pagina", "WzFd", "WyIyMDI1LTA2LTAzVDEwOjAwOjAwIiwgIngiXQ=="):
        with pytest.raises(ValueError, match="non esiste"):
            sent.page(DOCTOR, after=place)


def test_a_card_of_another_doctor_is_not_found_and_one_s_own_is_journalled(world, side):
    opened = side.open(wish(), DOCTOR, SENDING, None, "chiave", world.now)
    sent = SenderSide(world.referrals)
    assert sent.card(opened.code, DOCTOR, world.now)[1] == "Zenobia Quattrocchi"
    with pytest.raises(ReferralNotFound):
        sent.card(opened.code, OTHER, world.now)
    with pytest.raises(ReferralNotFound):
        sent.card(world.sent().code, DOCTOR, world.now)
    seen = [row.actor for row in rows_of(world, JournalRow) if row.event == "scheda_letta"]
    assert seen == ["medico:1"]


def test_after_an_erasure_the_doctor_sees_nothing_of_it(world, side):
    opened = side.open(wish(), DOCTOR, SENDING, HEALTH, "chiave", world.now)
    world.cases.erase(world.referrals.get(opened.code).case_id, world.now)
    assert SenderSide(world.referrals).page(DOCTOR).items == ()


def test_a_second_attempt_stays_with_the_doctor_and_its_weekly_digest(world, side):
    opened = side.open(wish(), DOCTOR, SENDING, None, "chiave", world.now)
    world.referrals.transition(opened.code, "inviata", "sistema", world.now)
    world.referrals.transition(opened.code, "rifiutata", "operatore:ALFA", world.now, "nessun_posto")
    again = world.person.reassign(opened.code, "BETA-1", "Sì a Beta.", "1", "ancora", world.now)
    assert {item.code for item in SenderSide(world.referrals).page(DOCTOR).items} == {opened.code, again.code}
    world.now = datetime(2025, 6, 4, 7, tzinfo=UTC)
    assert world.jobs.digest(world.now) == 0


def test_the_week_s_news_on_its_first_working_day_once(world, side):
    mine = side.open(wish(), DOCTOR, SENDING, None, "chiave", world.now)  # Tuesday 3 June 2025
    daily = world.sent(sender_email="sportello@example.org")
    for day, hour, mails in ((4, 7, 0), (8, 12, 0), (9, 5, 0), (9, 7, 1), (9, 12, 0), (11, 7, 0), (16, 7, 0)):
        world.now = datetime(2025, 6, day, hour, tzinfo=UTC)
        assert world.jobs.weekly_digest(world.now) == mails, (day, hour)
    world.deliver()
    (mail,) = world.mails(to="medico@example.org")
    assert f"{mine.code}: in partenza" in mail.text and "/medici/segnalazioni" in mail.text
    assert "Zenobia" not in mail.text and daily.code not in mail.text
    assert world.mails(to="sportello@example.org") == [], "the desk has a daily one"


def test_a_monday_s_holiday_moves_the_digest_to_tuesday(world, side):
    world.now = datetime(2025, 5, 28, 10, tzinfo=UTC)
    side.open(wish(), DOCTOR, SENDING, None, "chiave", world.now)
    assert world.jobs.weekly_digest(datetime(2025, 6, 2, 10, tzinfo=UTC)) == 0  # Republic day
    assert world.jobs.weekly_digest(datetime(2025, 6, 3, 10, tzinfo=UTC)) == 1


def test_a_digest_of_a_great_week_is_bounded(world, side, monkeypatch):
    monkeypatch.setattr("referrals.digests.LINES", 3)
    for number in range(5):
        side.open(wish(f"Persona {number}"), DOCTOR, SENDING, None, f"n {number}", world.now)
    world.now = datetime(2025, 6, 9, 10, tzinfo=UTC)
    assert world.jobs.weekly_digest(world.now) == 1
    world.deliver()
    (mail,) = world.mails(to="medico@example.org")
    assert mail.text.count("RT-") == 3 and "Altre novità: 2." in mail.text


def test_ten_thousand_referrals_of_one_doctor_are_usable(world, side):
    opened = side.open(wish(), DOCTOR, SENDING, None, "chiave", world.now)
    copy_referral(world, opened.code, 10_000)
    sent = SenderSide(world.referrals)
    started = time.perf_counter()
    first = sent.page(DOCTOR)
    second = sent.page(DOCTOR, after=first.after)
    few = sent.page(DOCTOR, state="conclusa", measure=MEASURE)
    seconds = time.perf_counter() - started
    assert first.counts == {"aperta": 10_001} and few.items == ()
    codes = [item.code for item in (*first.items, *second.items)]
    assert (codes[0], codes[1], len(set(codes))) == (opened.code, "COPIA-00000", 50)
    assert seconds < 3, f"three pages took {seconds:.1f} s"


def copy_referral(world, code, count):
    """The same referral many times, each older by a minute and in a case of its own."""
    with world.factory() as session:
        row = session.scalars(select(ReferralRow).where(ReferralRow.code == code)).one()
        models = {row: {}, session.get(JournalRow, row.journal_id): {}, session.get(CaseRow, row.case_id): {}}
        for model, values in models.items():
            values |= {column.key: getattr(model, column.key) for column in model.__table__.columns}
        referral, journal, case = models.values()
        top = session.scalar(select(func.max(JournalRow.id))) + 1
        made = {CaseRow: [], JournalRow: [], ReferralRow: []}
        for number in range(count):
            name, journal_id = f"{number:032x}", top + number
            made[CaseRow].append(case | {"id": name})
            made[JournalRow].append(journal | {"id": journal_id, "chain": 99, "seq": number, "subject": name})
            own = {"id": name, "case_id": name, "journal_id": journal_id, "code": f"COPIA-{number:05}"}
            older = row.created_at - timedelta(minutes=number + 1)
            made[ReferralRow].append(referral | own | {"created_at": older})
        for table, rows in made.items():
            session.execute(table.__table__.insert(), rows)
        session.commit()
