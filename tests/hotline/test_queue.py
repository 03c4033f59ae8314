"""Who waits, in which order."""

from __future__ import annotations

from cases.db import writing
from hotline import queue


def order(desk) -> list[str]:
    with desk.world.factory() as session:
        return [item.case_id for item in queue.page_in(session)[0]]


def test_an_empty_queue(desk) -> None:
    with desk.world.factory() as session:
        assert queue.page_in(session) == ([], 0)
        assert queue.in_hand_in(session) == []


def test_who_waits_longest_comes_first_and_emergencies_before_all(desk) -> None:
    first = desk.waiting()
    desk.world.later(minutes=1)
    second = desk.waiting()
    desk.world.later(minutes=1)
    urgent = desk.waiting(urgent=True)
    assert order(desk) == [urgent, first, second]
    with desk.world.factory() as session:
        assert [queue.position_in(session, case) for case in (urgent, first, second)] == [0, 1, 2]
        assert queue.position_in(session, desk.world.a_case().id) is None


def test_asking_again_keeps_the_place_and_an_emergency_is_not_forgotten(desk) -> None:
    first = desk.waiting()
    desk.world.later(minutes=5)
    second = desk.waiting()
    with writing(desk.world.factory) as session:
        queue.ask_in(session, first, desk.now)
    assert order(desk) == [first, second]
    with writing(desk.world.factory) as session:
        queue.ask_in(session, second, desk.now, urgent=True)
        queue.ask_in(session, second, desk.now, urgent=False)
    assert order(desk) == [second, first]


def test_a_case_in_hand_does_not_queue(desk) -> None:
    case_id = desk.waiting()
    desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    with writing(desk.world.factory) as session:
        queue.ask_in(session, case_id, desk.now, urgent=True)
    assert order(desk) == []


def test_an_erased_case_leaves_nothing_behind(desk) -> None:
    case_id, held = desk.waiting(), desk.waiting()
    desk.hotline.handlings.take(held, desk.sandro, "chat", desk.now)
    desk.hotline.note(held, desk.sandro, "richiamare la figlia", desk.now)
    for erased in (case_id, held):
        desk.world.cases.erase(erased, desk.now)
    assert order(desk) == []
    with desk.world.factory() as session:
        assert queue.in_hand_in(session) == []


def test_pages_of_the_queue(desk) -> None:
    cases = []
    for _ in range(7):
        cases.append(desk.waiting())
        desk.world.later(seconds=1)
    with desk.world.factory() as session:
        page, count = queue.page_in(session, offset=5, limit=5)
    assert [item.case_id for item in page] == cases[5:]
    assert count == 7


def test_the_signature_changes_with_everything_a_colleague_sees(desk) -> None:
    seen = {desk.hotline.signature(desk.now)}
    case_id = desk.waiting()
    seen.add(desk.hotline.signature(desk.now))
    with writing(desk.world.factory) as session:
        queue.ask_in(session, case_id, desk.now, urgent=True)
    seen.add(desk.hotline.signature(desk.now))
    desk.hotline.sign(desk.sandro.id, desk.now)
    seen.add(desk.hotline.signature(desk.now))
    desk.hotline.pause(desk.sandro.id, True, desk.now)
    seen.add(desk.hotline.signature(desk.now))
    desk.hotline.handlings.take(case_id, desk.sandro, "chat", desk.now)
    seen.add(desk.hotline.signature(desk.now))
    assert len(seen) == 6
    assert desk.hotline.signature(desk.now) in seen
