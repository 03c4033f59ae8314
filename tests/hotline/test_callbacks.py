"""Promises to call back."""

from __future__ import annotations

import datetime as dt
import threading

import pytest

from hotline.caller import Caller
from hotline.errors import ContactWrong, SlotTaken

ADA = Caller("Ada Prova", "333 1234567")


def test_slots_start_soon_and_skip_the_night(desk) -> None:
    slots = desk.hotline.callbacks.free_slots(desk.now, 12)  # Tuesday noon in Italy
    assert slots[0] == desk.now + dt.timedelta(minutes=30)
    assert slots[9].astimezone().astimezone(dt.UTC).isoformat() == "2025-06-04T07:00:00+00:00"
    offered = desk.hotline.callbacks.offer(desk.now)
    assert len(offered) == 4
    assert all(later - earlier >= dt.timedelta(hours=2) for earlier, later in zip(offered, offered[1:], strict=False))


def test_a_promise_is_kept_until_the_call_is_made(desk) -> None:
    case_id = desk.world.a_case().id
    slot = desk.hotline.callbacks.free_slots(desk.now)[0]
    promised = desk.hotline.callbacks.book(case_id, slot, ADA, "persona", desk.now)
    assert desk.hotline.callbacks.of_case(case_id) == promised
    desk.world.later(hours=1)
    desk.hotline.handlings.take(case_id, desk.sandro, "telefono", desk.now)
    desk.hotline.handlings.give_back(case_id, desk.sandro, "informazioni", "", desk.now)
    assert desk.hotline.callbacks.of_case(case_id) is None
    assert ("richiamo_fatto", desk.sandro.actor) in desk.events(case_id)


def test_a_chat_or_an_interrupted_call_does_not_fulfil_the_promise(desk) -> None:
    case_id = desk.world.a_case().id
    desk.hotline.callbacks.book(case_id, desk.hotline.callbacks.free_slots(desk.now)[0], ADA, "persona", desk.now)
    desk.world.later(minutes=1)
    for channel, outcome in (("chat", "informazioni"), ("telefono", "interrotta")):
        desk.hotline.handlings.take(case_id, desk.sandro, channel, desk.now)
        desk.hotline.handlings.give_back(case_id, desk.sandro, outcome, "", desk.now)
        assert desk.hotline.callbacks.of_case(case_id) is not None


def test_a_promise_made_during_a_call_outlives_it(desk) -> None:
    held = desk.hotline.handlings.start_call(desk.sandro, desk.now)
    desk.world.later(minutes=2)
    slot = desk.hotline.callbacks.free_slots(desk.now)[3]
    desk.hotline.book(held.case_id, desk.sandro, slot, ADA, desk.now)
    desk.hotline.handlings.give_back(held.case_id, desk.sandro, "richiamo_fissato", "", desk.now)
    assert desk.hotline.callbacks.of_case(held.case_id).starts_at == slot


def test_another_hour_replaces_the_promise(desk) -> None:
    case_id = desk.world.a_case().id
    first, second = desk.hotline.callbacks.free_slots(desk.now)[:2]
    desk.hotline.callbacks.book(case_id, first, ADA, "persona", desk.now)
    desk.hotline.callbacks.book(case_id, second, Caller(), "persona", desk.now)
    assert desk.hotline.callbacks.of_case(case_id).starts_at == second
    with desk.world.factory() as session:
        assert desk.hotline.callbacks.page_in(session)[1] == 1
    assert desk.hotline.callbacks.cancel(case_id, "persona", desk.now)
    assert not desk.hotline.callbacks.cancel(case_id, "persona", desk.now)


def test_a_slot_has_as_many_places_as_configured(desk) -> None:
    slot = desk.hotline.callbacks.free_slots(desk.now)[0]
    for _ in range(2):
        desk.hotline.callbacks.book(desk.world.a_case().id, slot, ADA, "persona", desk.now)
    assert slot not in desk.hotline.callbacks.free_slots(desk.now)
    with pytest.raises(SlotTaken):
        desk.hotline.callbacks.book(desk.world.a_case().id, slot, ADA, "persona", desk.now)


def test_the_last_place_goes_to_one_of_many(desk) -> None:
    slot = desk.hotline.callbacks.free_slots(desk.now)[0]
    cases = [desk.world.a_case().id for _ in range(5)]
    start, got = threading.Barrier(5), []

    def book(case_id: str) -> None:
        start.wait()
        try:
            desk.hotline.callbacks.book(case_id, slot, ADA, "persona", desk.now)
            got.append(case_id)
        except SlotTaken:
            pass

    threads = [threading.Thread(target=book, args=(case_id,)) for case_id in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 2


@pytest.mark.parametrize("hours", [-1, 0.1, 20, 24 * 400])
def test_hours_outside_the_slots_are_refused(desk, hours: float) -> None:
    at = desk.now + dt.timedelta(hours=hours)
    with pytest.raises(SlotTaken):
        desk.hotline.callbacks.book(desk.world.a_case().id, at, ADA, "persona", desk.now)


@pytest.mark.parametrize("number", [None, "123", "non lo so", "0000"])
def test_without_a_number_nobody_can_be_called(desk, number: str | None) -> None:
    slot = desk.hotline.callbacks.free_slots(desk.now)[0]
    case_id = desk.world.a_case().id
    with pytest.raises(ContactWrong):
        desk.hotline.callbacks.book(case_id, slot, Caller(None, number), "persona", desk.now)
    assert desk.hotline.callbacks.of_case(case_id) is None


def test_nobody_answering_moves_the_promise_three_times_at_most(desk) -> None:
    case_id = desk.world.a_case().id
    slot = desk.hotline.callbacks.free_slots(desk.now)[0]
    desk.hotline.callbacks.book(case_id, slot, ADA, "persona", desk.now)
    for attempt in (1, 2):
        desk.world.later(hours=1)
        desk.hotline.handlings.take(case_id, desk.sandro, "telefono", desk.now)
        desk.hotline.handlings.give_back(case_id, desk.sandro, "non_risponde", "", desk.now)
        moved = desk.hotline.callbacks.of_case(case_id)
        assert moved.attempts == attempt
        assert moved.starts_at >= desk.now + dt.timedelta(hours=2)
    desk.hotline.handlings.take(case_id, desk.sandro, "telefono", desk.now)
    desk.hotline.handlings.give_back(case_id, desk.sandro, "non_risponde", "", desk.now)
    assert desk.hotline.callbacks.of_case(case_id) is None


def test_calls_due_now(desk) -> None:
    slot = desk.hotline.callbacks.free_slots(desk.now)[0]
    desk.hotline.callbacks.book(desk.world.a_case().id, slot, ADA, "persona", desk.now)
    with desk.world.factory() as session:
        assert desk.hotline.callbacks.due_in(session, desk.now) == 0
        assert desk.hotline.callbacks.due_in(session, slot) == 1


def test_a_declared_closure_offers_no_slots(desk) -> None:
    tomorrow = desk.world.today + dt.timedelta(days=1)
    desk.hotline.close_on(tomorrow, "assemblea", desk.silvia, desk.now)
    assert all(slot.date() != tomorrow for slot in desk.hotline.callbacks.free_slots(desk.now, 40))
    desk.hotline.reopen_on(tomorrow, desk.silvia, desk.now)
    assert any(slot.date() == tomorrow for slot in desk.hotline.callbacks.free_slots(desk.now, 40))
    assert [event for event, _ in desk.events(desk.silvia.id)][-2:] == ["sportello_chiusura", "sportello_riapertura"]
