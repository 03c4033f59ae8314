"""Taking a case in hand, speaking, letting it go."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import IntegrityError

from cases.db import writing
from cases.errors import CaseNotFound
from hotline import presence, queue
from hotline.errors import NotYours, Taken
from hotline.models import HandlingRow


def test_taking_a_chat_silences_the_assistant_and_tells_both_sides(desk) -> None:
    case_id = desk.waiting()
    desk.world.cases.update(
        case_id, desk.now, "bot", dialogue={"wants_person": "x", "emergency": "y", "phase": "esito"}
    )
    desk.world.later(minutes=4)
    held = desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    record = desk.world.cases.get(case_id)
    assert (held.account_id, record.mode, record.dialogue) == (desk.sandro.id, "person", {"phase": "esito"})
    author, text = desk.told(case_id)[-1]
    assert author == "bot" and "Sandro" in text and "Prova" not in text and "in pausa" in text
    assert ("sportello_presa", desk.sandro.actor) in desk.events(case_id)


def test_taking_ones_own_again_changes_nothing(desk) -> None:
    case_id = desk.waiting()
    first = desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    assert desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now).id == first.id
    assert len(desk.told(case_id)) == 1


def test_of_two_colleagues_at_the_same_instant_one_gets_it(desk) -> None:
    case_id = desk.waiting()
    start, outcomes = threading.Barrier(2), {}

    def take(account) -> None:
        start.wait()
        try:
            desk.hotline.handlings.take(case_id, account, "chat", desk.now)
            outcomes[account.id] = "got it"
        except Taken as taken:
            outcomes[account.id] = taken.account_id

    threads = [threading.Thread(target=take, args=(account,)) for account in (desk.sandro, desk.silvia)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = next(account for account, outcome in outcomes.items() if outcome == "got it")
    assert sorted(outcomes.values()) == sorted(["got it", winner])
    assert len(desk.told(case_id)) == 1


def test_the_database_lets_nobody_hold_a_case_twice(desk) -> None:
    case_id = desk.waiting()
    desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    row = HandlingRow(id="x" * 32, case_id=case_id, account_id=desk.silvia.id, channel="chat", started_at=desk.now)
    with writing(desk.world.factory) as session:
        session.add(row)
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_a_colleague_who_is_there_keeps_the_case_one_who_is_gone_does_not(desk) -> None:
    case_id = desk.waiting()
    desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    desk.world.later(seconds=presence.ABSENT_AFTER.total_seconds() - 1)
    with pytest.raises(Taken) as taken:
        desk.hotline.handlings.take(case_id, desk.silvia, "chat", desk.now)
    assert taken.value.account_id == desk.sandro.id
    desk.world.later(seconds=2)
    assert desk.hotline.handlings.take(case_id, desk.silvia, "chat", desk.now).account_id == desk.silvia.id
    with pytest.raises(NotYours):
        desk.hotline.handlings.say(case_id, desk.sandro, {"text": "sono tornato"}, desk.now)


def test_only_who_has_the_case_may_speak(desk) -> None:
    case_id = desk.waiting()
    with pytest.raises(NotYours):
        desk.hotline.handlings.say(case_id, desk.sandro, {"text": "buongiorno"}, desk.now)
    desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    desk.hotline.handlings.say(case_id, desk.sandro, {"text": "buongiorno"}, desk.now, "k1")
    desk.hotline.handlings.say(case_id, desk.sandro, {"text": "buongiorno"}, desk.now, "k1")
    assert desk.told(case_id)[1:] == [("operatore", "buongiorno")]
    with pytest.raises(NotYours):
        desk.hotline.handlings.say(case_id, desk.silvia, {"text": "eccomi"}, desk.now)


def test_giving_back_lets_the_assistant_speak_again(desk) -> None:
    case_id = desk.waiting()
    desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    with pytest.raises(KeyError):
        desk.hotline.handlings.give_back(case_id, desk.sandro, "boh", "", desk.now)
    desk.hotline.handlings.give_back(case_id, desk.sandro, "informazioni", "tutto chiaro", desk.now)
    assert desk.world.cases.get(case_id).mode == "bot"
    assert desk.hotline.handlings.current(case_id, desk.now) is None
    assert "Sandro ha finito" in desk.told(case_id)[-1][1]
    assert [event for event, _ in desk.events(case_id)][-3:] == ["sportello_nota", "sportello_fine", "caso_aggiornato"]
    with pytest.raises(NotYours):
        desk.hotline.handlings.give_back(case_id, desk.sandro, "informazioni", "", desk.now)


def test_passing_on_keeps_place_and_urgency(desk) -> None:
    urgent = desk.waiting(urgent=True)
    asked_at = desk.now
    desk.world.later(minutes=3)
    desk.hotline.handlings.take(urgent, desk.sandro, "chat", desk.now)
    desk.world.later(minutes=3)
    desk.waiting()
    desk.hotline.handlings.pass_on(urgent, desk.sandro, "serve chi conosce la 68", desk.now)
    with desk.world.factory() as session:
        first = queue.page_in(session)[0][0]
    assert (first.case_id, first.requested_at, first.urgent, first.passed_on) == (urgent, asked_at, True, True)
    assert desk.world.cases.get(urgent).mode == "bot"
    assert "collega" in desk.told(urgent)[-1][1]


def test_who_writes_to_somebody_gone_is_rescued(desk) -> None:
    case_id = desk.waiting()
    desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    assert not desk.hotline.handlings.rescue(case_id, desk.now)
    desk.world.later(minutes=4)
    desk.hotline.sign(desk.sandro.id, desk.now)  # his page is open
    desk.world.later(minutes=4)
    assert not desk.hotline.handlings.rescue(case_id, desk.now)
    desk.world.later(minutes=2)
    assert desk.hotline.handlings.rescue(case_id, desk.now)
    assert desk.world.cases.get(case_id).mode == "bot"
    assert "non è più collegata" in desk.told(case_id)[-1][1]
    with desk.world.factory() as session:
        assert [item.case_id for item in queue.page_in(session)[0]] == [case_id]


def test_a_call_leaves_the_chat_to_the_assistant(desk) -> None:
    case_id = desk.waiting()
    desk.hotline.handlings.take(case_id, desk.sandro, "telefono", desk.now)
    assert desk.world.cases.get(case_id).mode == "bot"
    assert desk.told(case_id) == []
    desk.hotline.handlings.give_back(case_id, desk.sandro, "informazioni", "", desk.now)
    assert desk.told(case_id) == []


def test_a_new_call_opens_a_case_of_the_desk(desk) -> None:
    held = desk.hotline.handlings.start_call(desk.sandro, desk.now)
    assert desk.world.cases.get(held.case_id).role == "sportello"


def test_a_case_that_is_gone(desk) -> None:
    for act in (
        lambda: desk.hotline.handlings.take("0" * 32, desk.sandro, "chat", desk.now),
        lambda: desk.hotline.handlings.give_back("0" * 32, desk.sandro, "informazioni", "", desk.now),
        lambda: desk.hotline.handlings.pass_on("0" * 32, desk.sandro, "", desk.now),
    ):
        with pytest.raises(CaseNotFound):
            act()
    assert desk.hotline.handlings.rescue("0" * 32, desk.now) is False


def test_colleagues_who_are_there(desk) -> None:
    desk.hotline.sign(desk.sandro.id, desk.now)
    desk.hotline.pause(desk.silvia.id, True, desk.now)
    desk.hotline.handlings.take(desk.waiting(), desk.sandro, "chat", desk.now)
    with desk.world.factory() as session:
        there = presence.there_in(session, desk.world.keyring, desk.now)
        assert [(c.name, c.paused, c.handling) for c in there] == [
            ("Sandro Prova", False, 1),
            ("Silvia Prova", True, 0),
        ]
        assert presence.anybody_in(session, desk.now)
    desk.world.later(minutes=2)
    with desk.world.factory() as session:
        assert presence.there_in(session, desk.world.keyring, desk.now) == []
        assert not presence.anybody_in(session, desk.now)
