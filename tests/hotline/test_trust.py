"""Views are journalled, notes are sealed, everything is exported, and ten thousand are as quick as one."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import insert, text

from cases.db import writing
from cases.models import CaseRow
from hotline import outcomes, queue, viewing
from hotline.caller import Caller
from hotline.errors import NotYours
from hotline.models import QueueRow, ViewRow


def test_every_opening_is_journalled_refreshes_only_now_and_then(desk) -> None:
    case_id = desk.waiting()

    def views() -> int:
        return desk.events(case_id).count(("caso_visto", desk.sandro.actor))

    desk.hotline.saw(case_id, desk.sandro, desk.now, "caso")
    desk.hotline.saw(case_id, desk.sandro, desk.now, "caso")
    assert views() == 2
    desk.hotline.saw_again(case_id, desk.sandro, desk.now)
    assert views() == 2
    desk.world.later(minutes=31)
    desk.hotline.saw_again(case_id, desk.sandro, desk.now)
    assert views() == 3


def test_who_never_opened_the_page_is_journalled_at_the_first_refresh(desk) -> None:
    case_id = desk.waiting()
    desk.hotline.saw(case_id, desk.sandro, desk.now, "caso")
    desk.hotline.saw_again(case_id, desk.silvia, desk.now)
    assert ("caso_visto", desk.silvia.actor) in desk.events(case_id)


def test_recent_cases_are_ones_own_last_first(desk) -> None:
    first, second = desk.waiting(), desk.waiting()
    for case_id in (first, second, first):
        desk.world.later(minutes=1)
        desk.hotline.saw(case_id, desk.sandro, desk.now, "caso")
    with desk.world.factory() as session:
        assert [case_id for case_id, _ in viewing.recent_in(session, desk.sandro.id)[0]] == [first, second]
        assert viewing.recent_in(session, desk.silvia.id) == ([], 0)


def test_notes_and_callers_are_sealed_and_exported(desk) -> None:
    held = desk.hotline.handlings.start_call(desk.sandro, desk.now)
    desk.hotline.note(held.case_id, desk.sandro, "parla piano, al mattino", desk.now)
    assert not desk.hotline.note(held.case_id, desk.sandro, "   ", desk.now)
    slot = desk.hotline.callbacks.free_slots(desk.now)[0]
    desk.hotline.book(held.case_id, desk.sandro, slot, Caller("Ada Rossi", "333 1234567"), desk.now)
    with desk.world.factory() as session:
        stored = repr(session.execute(text("SELECT sealed FROM hotline_note")).all())
    assert "mattino" not in stored
    export = desk.world.cases.export(held.case_id)["hotline"]
    assert export["caller"]["nome"] == "Ada Rossi"
    assert [note["text"] for note in export["notes"]] == ["parla piano, al mattino"]
    assert [contact["channel"] for contact in export["contacts"]] == ["telefono"]
    assert export["callbacks"] == [{"at": slot.isoformat(), "state": "prenotato"}]


def test_only_who_has_the_case_notes_on_it(desk) -> None:
    held = desk.hotline.handlings.start_call(desk.sandro, desk.now)
    for act in (
        lambda: desk.hotline.note(held.case_id, desk.silvia, "curiosità", desk.now),
        lambda: desk.hotline.note_caller(held.case_id, desk.silvia, Caller("Ada Rossi"), desk.now),
        lambda: desk.hotline.consent_asked(held.case_id, desk.silvia, "salute", "1", True, desk.now),
    ):
        with pytest.raises(NotYours):
            act()


def test_purging_forgets_presence_and_old_views(desk) -> None:
    case_id = desk.waiting()
    desk.hotline.sign(desk.sandro.id, desk.now)
    desk.hotline.saw(case_id, desk.sandro, desk.now, "caso")
    desk.world.later(days=91)
    assert desk.world.cases.purge(desk.now, 365, dry_run=True).rows["hotline_views"] == 1
    report = desk.world.cases.purge(desk.now, 365)
    assert (report.rows["hotline_presence"], report.rows["hotline_views"]) == (1, 1)
    with desk.world.factory() as session:
        assert session.query(ViewRow).count() == 0


def test_the_outcomes_of_the_migration_are_those_of_the_file(desk) -> None:
    import importlib

    migration = importlib.import_module("migrations.versions.0006_hotline")
    assert migration._OUTCOMES == outcomes.CODES
    assert {outcomes.GIVEN_BACK, outcomes.PASSED_ON, outcomes.ABANDONED, outcomes.NO_ANSWER} <= set(outcomes.CODES)


def test_a_queue_of_ten_thousand_is_as_usable_as_one_of_one(desk, statements) -> None:
    desk.waiting()

    def look() -> tuple[int, float]:
        statements.clear()
        started = time.perf_counter()
        with desk.world.factory() as session:
            page, _ = queue.page_in(session)
        desk.hotline.signature(desk.now)
        assert page
        return len(statements), time.perf_counter() - started

    one, _ = look()
    ids = [f"{number:032x}" for number in range(10_000)]
    case = {
        "role": "cittadino",
        "mode": "bot",
        "facts_sealed": b"-",
        "dialogue_sealed": b"-",
        "version": 1,
        "turn_count": 3,
    }
    with writing(desk.world.factory) as session:
        session.execute(
            insert(CaseRow), [{"id": id_, "created_at": desk.now, "updated_at": desk.now, **case} for id_ in ids]
        )
        session.execute(
            insert(QueueRow),
            [{"case_id": id_, "requested_at": desk.now, "urgent": False, "passed_on": False} for id_ in ids],
        )
    many, seconds = look()
    assert many == one
    assert seconds < 1.0
