"""What the chat says to whoever asks for a person: the truth about now, and a call at an hour of theirs."""

from __future__ import annotations

import datetime as dt

import pytest

import dialogue
from cases.db import writing
from dialogue import desk
from hotline import presence, queue
from hotline.caller import Caller
from tests.dialogue.conftest import NOW, consented, result, services, talk  # noqa: F401  (fixtures)
from web.chat import payloads

SATURDAY = dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)


def slots(heard) -> list[str]:
    return [b["payload"] for b in heard.buttons if "richiamo" in b["payload"] and "T" in b["payload"]]


@pytest.fixture
def closed(consented):  # noqa: F811
    """A conversation on a Saturday."""
    conversation = consented()
    conversation.now = SATURDAY
    return conversation


@pytest.fixture
def somebody(services):  # noqa: F811
    """A colleague at the desk."""
    from accounts import people

    cases = services.cases
    with writing(cases.session_factory) as session:
        row = people.create_in(
            session, cases.keyring, name="Sandro", email=None, role="sportello", actor="sistema", now=NOW
        )
        session.flush()
        presence.sign_in(session, row.id, NOW)
    yield row.id
    with writing(cases.session_factory) as session:
        session.delete(session.get(presence.PresenceRow, row.id))


def in_queue(services, case_id: str) -> bool:  # noqa: F811
    with services.cases.session_factory() as session:
        return queue.position_in(session, case_id) is not None


def test_outside_office_hours_nobody_is_promised(closed, services) -> None:  # noqa: F811
    heard = closed.press("/ask_human")
    assert "lo sportello è chiuso" in heard.text and "Riapre lunedì 23 novembre alle 9:00" in heard.text
    assert "se è in servizio" not in heard.text and "in fila" not in heard.text
    assert len(slots(heard)) == 4
    assert heard.pending == "occupazione"  # the interview goes on
    assert in_queue(services, closed.case_id)


def test_open_with_nobody_connected_is_said_too(consented, services) -> None:  # noqa: F811
    heard = consented().press("/ask_human")
    assert "nessun operatore è collegato" in heard.text and slots(heard)


def test_open_with_somebody_there_tells_the_place_in_the_queue(consented, services, somebody) -> None:  # noqa: F811
    first, second = consented(), consented()
    with services.cases.session_factory() as session:
        before = queue.count_in(session)
    assert f"In fila prima di lei: {before}." in first.press("/ask_human").text or before == 0
    second.now = first.now + dt.timedelta(seconds=5)
    heard = second.press("/ask_human")
    assert f"In fila prima di lei: {before + 1}." in heard.text
    assert slots(heard) == []
    assert slots(second.press('/ask_human{"richiamo": "scegli"}'))


def test_the_queue_is_written_with_the_case_or_not_at_all(consented, services, monkeypatch) -> None:  # noqa: F811
    conversation = consented()

    def fail(*_args: object, **_kwargs: object) -> None:
        raise ConnectionError

    monkeypatch.setattr("dialogue.effects.queue.ask_in", fail)
    with pytest.raises(ConnectionError):
        conversation.press("/ask_human")
    assert "wants_person" not in services.cases.get(conversation.case_id).dialogue


def test_an_emergency_queues_as_such_and_says_whether_somebody_is_there(closed, services, somebody, consented) -> None:  # noqa: F811
    heard = closed.say("voglio farla finita", "emergency")
    assert "112" in heard.text and "non c'è nessuno" in heard.text and "avvisato" not in heard.text
    with services.cases.session_factory() as session:
        assert session.get(queue.QueueRow, closed.case_id).urgent
    assert "Ho avvisato una persona" in consented().say("voglio farla finita", "emergency").text


def test_a_call_is_booked_in_two_steps_and_the_interview_goes_on(closed, services) -> None:  # noqa: F811
    chosen = slots(closed.press("/ask_human"))[1]
    assert closed.press(chosen).pending == "recapito"
    heard = closed.say("il mio numero è 333 1234567")
    assert "La chiamiamo lunedì 23 novembre alle 11:00 al numero 333 123 4567" in heard.text
    assert heard.pending == "occupazione"
    assert services.callbacks.of_case(closed.case_id).starts_at.hour == 10  # UTC
    assert "La chiamiamo lunedì 23 novembre alle 11:00. Vuole cambiare?" in closed.press("/ask_human").text


def test_the_number_may_come_from_the_understanding(closed, services) -> None:  # noqa: F811
    closed.press(slots(closed.press("/ask_human"))[0])
    heard = closed.send(dialogue.Understood("inform", 0.9, "tre tre tre...", {}, {"telefono": "+393331234567"}))
    assert "333 123 4567" in heard.text


def test_what_is_no_number_is_asked_again_and_then_let_go(closed, services) -> None:  # noqa: F811
    closed.press(slots(closed.press("/ask_human"))[0])
    assert "solo il numero" in closed.say("boh", "nlu_fallback").text
    assert "non sembra giusto" in closed.say("000000").text
    closed.say("mah", "nlu_fallback")
    heard = closed.say("non so", "nlu_fallback")
    assert "niente chiamata" in heard.text and heard.pending == "occupazione"
    assert services.callbacks.of_case(closed.case_id) is None


@pytest.mark.parametrize("way_out", ["/deny", '/ask_human{"richiamo": "no"}'])
def test_one_may_change_ones_mind(closed, services, way_out: str) -> None:  # noqa: F811
    closed.press(slots(closed.press("/ask_human"))[0])
    heard = closed.press(way_out) if "richiamo" in way_out else closed.say("no", "deny")
    assert heard.pending == "occupazione"
    assert services.callbacks.of_case(closed.case_id) is None


def test_a_promise_is_taken_back(closed, services) -> None:  # noqa: F811
    closed.press(slots(closed.press("/ask_human"))[0])
    closed.say("333 1234567")
    assert "ho tolto la chiamata" in closed.press('/ask_human{"richiamo": "no"}').text
    assert services.callbacks.of_case(closed.case_id) is None


def test_a_question_in_between_does_not_lose_the_call(closed, services) -> None:  # noqa: F811
    closed.press(slots(closed.press("/ask_human"))[0])
    heard = closed.say("che documenti servono?", "ask_documents")
    assert "documenti" in heard.text.casefold() and heard.pending == "recapito"
    closed.say("333 1234567")
    assert services.callbacks.of_case(closed.case_id) is not None


def test_in_the_middle_of_a_referral_its_own_step_comes_back(result, services) -> None:  # noqa: F811
    conversation, heard = result()
    heard = conversation.press("/open_referral")
    step = heard.pending
    assert step in ("operatore", "comune", "nome")
    conversation.now = SATURDAY
    conversation.press(slots(conversation.press("/ask_human"))[0])
    heard = conversation.say("333 1234567")
    assert heard.pending == step
    assert services.cases.get(conversation.case_id).dialogue["draft"].get("telefono") is None


def test_an_hour_that_somebody_else_took_is_offered_no_more(closed, services) -> None:  # noqa: F811
    chosen = slots(closed.press("/ask_human"))[2]
    closed.press(chosen)
    at = dt.datetime.fromisoformat(chosen.split('"')[3])
    for _ in range(2):
        other = services.cases.open("cittadino", SATURDAY).id
        services.callbacks.book(other, at, Caller(None, "333 7654321"), "persona", SATURDAY)
    heard = closed.say("333 1234567")
    assert "non è più libera" in heard.text and chosen not in slots(heard)


@pytest.mark.parametrize("wrong", ["ieri", "2026-11-23T09:00", "2026-13-45", ""])
def test_an_hour_that_is_none_leads_to_the_choice(closed, wrong: str) -> None:
    assert slots(closed.press(f'/ask_human{{"richiamo": "{wrong}"}}'))


def test_the_gateway_lets_these_buttons_through(closed) -> None:
    for payload in [*slots(closed.press("/ask_human")), '/ask_human{"richiamo": "no"}']:
        assert payloads.check(payload) == payload


def test_the_assistant_goes_on_from_what_the_desk_noted(consented, services) -> None:  # noqa: F811
    conversation = consented()
    record = services.cases.get(conversation.case_id)
    desk.note_facts(record, services, {"occupazione": "disoccupato"}, "sportello:x", NOW, NOW.date())
    record = services.cases.get(conversation.case_id)
    words = dialogue.rejoin(record, services, NOW, NOW.date())
    asked = services.cases.get(conversation.case_id).dialogue["question"]["fact"]
    assert asked != "occupazione"
    assert words[-1]["buttons"]


def test_after_the_desk_answered_all_the_assistant_shows_the_result(result, services) -> None:  # noqa: F811
    conversation, _ = result()
    record = services.cases.get(conversation.case_id)
    desk.note_facts(record, services, {"eta": 70}, "sportello:x", NOW, NOW.date())
    record = services.cases.get(conversation.case_id)
    cards = [m["card"]["kind"] for m in dialogue.rejoin(record, services, NOW, NOW.date()) if "card" in m]
    assert "esito" in cards
