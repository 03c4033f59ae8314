"""Nobody is said to have been told who was not: every event leaves a message on its way, or a call to be made."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, select, update

from cases.db import writing
from referrals import calls, channels, confirmations, told
from referrals.contact import Contact, ContactError, Preferences
from referrals.delivery import Message, Permanent, Temporary
from referrals.models import OutboxRow
from referrals.notice_models import CallTaskRow, PersonNoticeRow
from referrals.sms import SmsSender
from settings.config import Settings

MAIL, MOBILE, LANDLINE = "ada@example.org", "+393331234567", "+39027654321"


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


def reached(world, code):
    with world.referrals.session_factory() as session:
        row = world.referrals.writer.row_in(session, code)
        return told.of_referral_in(session, row.id)


def broken(world):
    with world.referrals.session_factory() as session:
        return told.violations(session)


def opened_with(world, contact, preferences=None, state="presa_in_carico", measure="dote_ritorno_al_lavoro"):
    case_id = world.a_case().id
    code = world.referrals.open(
        case_id, "ALFA-1", measure, contact, "Sì", "1", f"k{case_id}", world.now, preferences=preferences
    ).code
    steps = {
        "inviata": [("inviata", "sistema", None)],
        "presa_in_carico": [("inviata", "sistema", None), ("presa_in_carico", "operatore:ALFA", None)],
        "rifiutata": [("inviata", "sistema", None), ("rifiutata", "operatore:ALFA", "nessun_posto")],
        "scaduta": [("inviata", "sistema", None), ("scaduta", "sistema", "nessuna_risposta")],
    }
    for to, actor, reason in steps[state]:
        world.referrals.transition(code, to, actor, world.now, reason)
    return code


@pytest.mark.parametrize(
    ("contact", "preferences", "texts", "way"),
    [
        (Contact("Ada", MOBILE, MAIL), Preferences(), False, "email"),
        (Contact("Ada", MOBILE, MAIL), Preferences("email"), True, "email"),
        (Contact("Ada", MOBILE, MAIL), Preferences("telefono"), True, "telefonata"),
        (Contact("Ada", MOBILE, MAIL), Preferences("nessuno"), True, "nessuno"),
        (Contact("Ada", MOBILE), Preferences(), False, "telefonata"),
        (Contact("Ada", MOBILE), Preferences(), True, "sms"),
        (Contact("Ada", LANDLINE), Preferences("sms"), True, "telefonata"),
        (Contact("Ada", MOBILE), Preferences("sms"), False, "telefonata"),
        (Contact("Ada", None, MAIL), Preferences("telefono"), False, "email"),
        (Contact("Ada"), Preferences(), True, "irraggiungibile"),
    ],
)
def test_the_way_follows_from_the_contacts(contact, preferences, texts, way):
    assert channels.way_to(contact, preferences, texts) == way


@pytest.mark.parametrize(
    ("wish", "contact"),
    [("telefono", Contact("Ada", None, MAIL)), ("email", Contact("Ada", MOBILE)), ("sms", Contact("Ada", None, MAIL))],
)
def test_a_wish_that_the_contacts_cannot_grant_is_refused(world, wish, contact):
    case_id = world.a_case().id
    with pytest.raises(ContactError) as wrong:
        world.referrals.open(
            case_id, "ALFA-1", "dote_ritorno_al_lavoro", contact, "Sì", "1", "k", world.now, Preferences(wish)
        )
    assert wrong.value.field == "canale"
    assert world.referrals.for_case(case_id) is None


@pytest.mark.parametrize("state", ["inviata", "presa_in_carico", "rifiutata", "scaduta"])
@pytest.mark.parametrize("contact", [Contact("Ada", LANDLINE), Contact("Ada", MOBILE, MAIL)])
def test_every_event_is_told_or_waits_for_a_call(world, state, contact):
    code = opened_with(world, contact, state=state)
    found = reached(world, code)
    assert [event.kind for event in found][-1] == told.EVENTS[state]
    assert {event.channel for event in found} == {"email" if contact.email else "telefonata"}
    assert broken(world) == []
    assert not any(event.is_told for event in found), "nothing was delivered yet"


def test_who_has_a_telephone_only_is_said_to_be_still_to_be_called(world):
    code = opened_with(world, Contact("Ada", LANDLINE), state="rifiutata")
    sent, refused = reached(world, code)
    assert sent.status == refused.status == "aperta"
    assert refused.event == "Serve un altro operatore"
    assert "deve ancora telefonare" in refused.sentence
    assert world.mails(to=MAIL) == []
    with world.referrals.session_factory() as session:
        (task,) = session.scalars(select(CallTaskRow))
        assert (task.kind, task.attempts) == ("persona_altro_operatore", 0)
        assert task.due_at <= world.now + timedelta(days=4), "a refusal does not wait for the next day"


def test_attempts_end_in_told_or_in_not_reached(world):
    code = opened_with(world, Contact("Ada", LANDLINE), state="rifiutata")
    with writing(world.referrals.session_factory) as session:
        (task,) = session.scalars(select(CallTaskRow))
        with pytest.raises(ValueError, match="segreteria"):
            calls.attempt_in(session, task, "sportello:x", "messaggio", False, world.now)
        for _ in range(2):
            calls.attempt_in(session, task, "sportello:x", "nessuna_risposta", False, world.now)
    assert reached(world, code)[-1].status == "ritentare" and not reached(world, code)[-1].is_told
    with writing(world.referrals.session_factory) as session:
        (task,) = session.scalars(select(CallTaskRow))
        calls.attempt_in(session, task, "sportello:x", "nessuna_risposta", False, world.now)
    last = reached(world, code)[-1]
    assert last.status == "non_raggiunta" and not last.is_told and "senza risposta: 3" in last.sentence
    with writing(world.referrals.session_factory) as session, pytest.raises(ValueError, match="chiusa"):
        calls.attempt_in(session, session.scalars(select(CallTaskRow)).one(), "sportello:x", "parlato", True, world.now)


def test_a_spoken_word_is_told_with_its_moment(world):
    code = opened_with(world, Contact("Ada", LANDLINE), state="presa_in_carico")
    with writing(world.referrals.session_factory) as session:
        calls.attempt_in(
            session, session.scalars(select(CallTaskRow)).one(), "sportello:x", "parlato", False, world.now
        )
    found = reached(world, code)
    assert all(event.is_told for event in found)
    assert found[-1].sentence.startswith("Detto al telefono il ")


def confirm(world, case_id):
    with writing(world.referrals.session_factory) as session:
        confirmations.mark_in(session, world.referrals.keyring, case_id, MAIL, world.now)


def test_an_email_is_told_once_it_left(world):
    code = opened_with(world, Contact("Ada", LANDLINE, MAIL))
    assert {event.status for event in reached(world, code)} == {"da_confermare"}
    confirm(world, world.referrals.get(code).case_id)
    assert {event.status for event in reached(world, code)} == {"in_partenza"}
    world.deliver()
    assert {event.status for event in reached(world, code)} == {"inviata"}
    with writing(world.referrals.session_factory) as session:
        session.execute(delete(OutboxRow))  # as retention does after a while
    assert all(event.is_told for event in reached(world, code)) and broken(world) == []


def test_an_address_that_nobody_confirms_becomes_a_call_after_a_day(world):
    code = opened_with(world, Contact("Ada", LANDLINE, MAIL))
    assert world.jobs.unreached(world.now) == 0
    later = world.now + timedelta(days=1, minutes=1)
    assert world.jobs.unreached(later) == 2 and world.jobs.unreached(later) == 0
    last = reached(world, code)[-1]
    assert (last.channel, last.failed, last.status) == ("telefonata", "email", "aperta")
    assert last.sentence.startswith("L'e-mail non è arrivata. Lo sportello deve ancora telefonare")


def test_without_a_number_it_is_said_that_nothing_arrived(world):
    code = opened_with(world, Contact("Ada", None, MAIL))
    later = world.now + timedelta(days=1, minutes=1)
    assert world.jobs.unreached(later) == 0, "it may still be confirmed"
    with writing(world.referrals.session_factory) as session:
        confirmations.purge_in(session, world.now + confirmations.LIFE, False)
    assert {v.problem for v in broken(world)} == {"messaggio nessuna, nessuna telefonata"}
    assert world.jobs.unreached(later) == 2
    assert {event.channel for event in reached(world, code)} == {"irraggiungibile"} and broken(world) == []


def test_a_message_given_up_becomes_a_call_at_once(world):
    code = opened_with(world, Contact("Ada", LANDLINE, MAIL), state="inviata")
    confirm(world, world.referrals.get(code).case_id)
    from referrals import delivery

    with writing(world.referrals.session_factory) as session:
        for message in delivery.claim_in(session, world.referrals.keyring, "w", world.now):
            if message.kind == "persona_inviata":
                delivery.failed_in(session, world.referrals.writer, message.id, "w", world.now, "smtp_550", True)
    (event,) = reached(world, code)
    assert (event.channel, event.failed) == ("telefonata", "email") and broken(world) == []


@pytest.mark.parametrize("harm", ["notice", "message"])
def test_the_check_finds_a_broken_promise(world, harm):
    code = opened_with(world, Contact("Ada", LANDLINE, MAIL), state="inviata")
    confirm(world, world.referrals.get(code).case_id)
    assert broken(world) == []
    with writing(world.referrals.session_factory) as session:
        if harm == "notice":
            session.execute(delete(PersonNoticeRow))
        else:
            session.execute(update(OutboxRow).where(OutboxRow.kind == "persona_inviata").values(state="fallito"))
    (found,) = broken(world)
    assert (found.code, found.kind) == (code, "persona_inviata")


def test_what_the_person_did_alone_is_not_told_and_calls_are_dropped(world):
    code = opened_with(world, Contact("Ada", LANDLINE), state="presa_in_carico")
    world.referrals.cancel(code, "persona", world.now)
    assert {event.status for event in reached(world, code)} == {"superata"}
    assert broken(world) == []


def test_erasing_the_case_leaves_no_notice_and_no_call(world):
    code = opened_with(world, Contact("Ada", LANDLINE))
    world.cases.erase(world.referrals.get(code).case_id, world.now)
    with world.referrals.session_factory() as session:
        assert session.scalars(select(PersonNoticeRow)).all() == []
        assert session.scalars(select(CallTaskRow)).all() == []
    assert broken(world) == []


# --- text messages


def sender(answer):
    asked = []

    def handle(request):
        asked.append(request)
        return answer(request) if callable(answer) else httpx.Response(answer)

    settings = Settings(sms_gateway_url="http://127.0.0.1:9/sms", sms_gateway_token="secret-token")
    return SmsSender(settings, httpx.AsyncClient(transport=httpx.MockTransport(handle))), asked


def message(world):
    return Message("id1", "persona_inviata", "sms", 1, world.now, {"to": MOBILE, "text": "Rientro."})


@pytest.mark.anyio
async def test_a_text_message_goes_to_the_gateway_with_its_id(world):
    texts, asked = sender(202)
    await texts.send(message(world))
    (request,) = asked
    assert request.headers["authorization"] == "Bearer secret-token"
    assert request.headers["idempotency-key"] == "id1"
    assert request.read() == b'{"to":"+393331234567","text":"Rientro.","id":"id1"}'


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "error"), [(422, Permanent), (404, Permanent), (401, Temporary), (503, Temporary)])
async def test_what_the_gateway_refuses_is_tried_again_or_not(world, status, error):
    texts, _ = sender(status)
    with pytest.raises(error):
        await texts.send(message(world))


@pytest.mark.anyio
async def test_without_a_gateway_no_text_leaves(world):
    with pytest.raises(Permanent):
        await SmsSender(Settings()).send(message(world))
