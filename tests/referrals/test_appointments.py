"""Appointments: offered, agreed, moved, in the calendar."""

from datetime import timedelta

import pytest
from icalendar import Calendar

from referrals.errors import NotAllowed

pytestmark = pytest.mark.any_database

ALFA = "operatore:ALFA"


@pytest.fixture
def taken(world):
    world.with_operators()
    world.code = world.at_state("presa_in_carico").code
    world.when = world.now + timedelta(days=3)
    return world


def offer(world, **more):
    return world.appointments.propose(world.code, ALFA, more.pop("at", world.when), world.now, **more)


def test_the_person_accepts_and_the_referral_moves_on(taken):
    appointment = offer(taken)
    assert taken.referrals.get(taken.code).state == "presa_in_carico"
    for _ in range(2):  # a double click
        assert taken.appointments.answer(taken.code, appointment.id, True, taken.now).status == "confermato"
    assert taken.referrals.get(taken.code).state == "appuntamento_fissato"
    assert [s.by for s in taken.referrals.get(taken.code).steps][-1] == "persona"
    taken.deliver()
    told = [m.subject for m in taken.mails(to="alfa@example.org")]
    assert told.count(f"Segnalazione {taken.code}: risposta sull'appuntamento") == 1


def test_the_person_declines_and_nothing_moves(taken):
    appointment = offer(taken)
    assert taken.appointments.answer(taken.code, appointment.id, False, taken.now).status == "rifiutato"
    assert taken.referrals.get(taken.code).state == "presa_in_carico"
    with pytest.raises(NotAllowed):
        taken.appointments.answer(taken.code, appointment.id, True, taken.now)


def test_one_agreed_by_telephone_moves_on_at_once_and_the_person_is_written_once(taken):
    assert offer(taken, agreed=True).status == "confermato"
    assert taken.referrals.get(taken.code).state == "appuntamento_fissato"
    taken.deliver()
    assert len([m for m in taken.mails(to="ada@example.org") if "appuntamento" in m.subject]) == 1


def test_moving_it_cancels_the_one_before(taken):
    first = offer(taken, agreed=True)
    second = offer(taken, at=taken.when + timedelta(days=1), agreed=True)
    assert [(a.id, a.status) for a in taken.appointments.list(taken.code)] == [
        (first.id, "annullato"),
        (second.id, "confermato"),
    ]
    assert taken.referrals.get(taken.code).state == "appuntamento_fissato"


@pytest.mark.parametrize("actor", ["persona", ALFA])
def test_either_side_calls_it_off_and_the_other_is_told(taken, actor):
    appointment = offer(taken, agreed=True)
    taken.deliver()
    to = "alfa@example.org" if actor == "persona" else "ada@example.org"
    before = len(taken.mails(to=to))
    for _ in range(2):
        cancelled = taken.appointments.cancel(taken.code, appointment.id, actor, taken.now)
    assert (cancelled.status, cancelled.revision) == ("annullato", 1)
    taken.deliver()
    assert len(taken.mails(to=to)) == before + 1


@pytest.mark.parametrize(
    "wrong", [{"at": None}, {"minutes": 1}, {"minutes": 9999}, {"place": "bar"}], ids=lambda w: next(iter(w))
)
def test_a_senseless_offer_is_refused(taken, wrong):
    if "at" in wrong:
        wrong = {"at": taken.now}
    with pytest.raises(ValueError, match="futuri"):
        offer(taken, **wrong)


def test_only_the_operator_in_charge_offers(taken):
    with pytest.raises(NotAllowed):
        taken.appointments.propose(taken.code, "operatore:BETA", taken.when, taken.now)
    with pytest.raises(NotAllowed):
        taken.appointments.propose(taken.code, "persona", taken.when, taken.now)
    with pytest.raises(NotAllowed):
        taken.appointments.propose(taken.sent(site="BETA-1").code, "operatore:BETA", taken.when, taken.now)


def test_an_appointment_of_another_referral_is_not_found(taken):
    appointment = offer(taken)
    other = taken.at_state("presa_in_carico", site="BETA-1")
    with pytest.raises(NotAllowed):
        taken.appointments.answer(other.code, appointment.id, True, taken.now)
    with pytest.raises(NotAllowed):
        taken.appointments.calendar(other.code, appointment.id, taken.now)


def test_the_calendar_file_says_when_and_where_and_nothing_else(taken):
    appointment = offer(taken, agreed=True, minutes=45)
    content = taken.appointments.calendar(taken.code, appointment.id, taken.now)
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert event.decoded("dtstart") == taken.when
    assert event.decoded("dtend") == taken.when + timedelta(minutes=45)
    assert str(event["location"]) == "Via Prova 1, Milano"
    assert str(event["status"]) == "CONFIRMED"
    assert str(event["summary"]) == "Appuntamento"
    for word in (b"Ada", b"dote", b"Dote", b"3331234567", b"salute"):
        assert word not in content
    taken.appointments.cancel(taken.code, appointment.id, ALFA, taken.now)
    (event,) = Calendar.from_ical(taken.appointments.calendar(taken.code, appointment.id, taken.now)).walk("VEVENT")
    assert (str(event["status"]), event["sequence"]) == ("CANCELLED", 1)
