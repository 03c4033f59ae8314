"""Finding a case by code, number or name, although all of these are sealed."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from cases.db import writing
from hotline import caller, search
from hotline.caller import Caller
from referrals.contact import Contact


def found(desk, words: str) -> list[str]:
    return desk.hotline.search(words, desk.sandro, desk.now)[0]


def call(desk, name: str | None, number: str | None) -> str:
    held = desk.hotline.handlings.start_call(desk.sandro, desk.now)
    desk.hotline.note_caller(held.case_id, desk.sandro, Caller(name, number), desk.now)
    return held.case_id


@pytest.mark.parametrize("words", ["Niccolò D'Amico", "damico niccolo", "AMICO", "niccolò", "D'Amico"])
def test_a_name_is_found_by_any_of_its_words(desk, words: str) -> None:
    case_id = call(desk, "Niccolò D'Amico", None)
    call(desk, "Ada Rossi", None)
    expected = [] if words == "damico niccolo" else [case_id]  # words are compared whole
    assert found(desk, words) == expected


def test_every_word_must_fit(desk) -> None:
    rossi, bianchi = call(desk, "Ada Rossi", None), call(desk, "Ada Bianchi", None)
    assert set(found(desk, "ada")) == {rossi, bianchi}
    assert found(desk, "Ada Bianchi") == [bianchi]
    assert found(desk, "Ada Verdi") == []


@pytest.mark.parametrize("words", ["3331234567", "333 123 4567", "+39 333.1234567", "0039 3331234567"])
def test_a_number_is_found_however_it_is_written(desk, words: str) -> None:
    case_id = call(desk, None, "333-1234567")
    assert found(desk, words) == [case_id]


def test_a_referral_is_found_by_code_number_and_name(desk) -> None:
    desk.world.with_operators()
    case_id = desk.world.a_case().id
    contact = Contact("Bruno Ferri", "02 1234567", None, None)
    opened = desk.world.a_referral(case_id, contact=contact)
    assert found(desk, opened.code.lower().replace("-", " ")) == [case_id]
    assert found(desk, "ferri bruno") == [case_id]
    assert found(desk, "021234567") == [case_id]


def test_a_referral_is_indexed_once(desk) -> None:
    desk.world.with_operators().a_referral()
    assert search.catch_up(desk.world.factory, desk.world.keyring) == 1
    assert search.catch_up(desk.world.factory, desk.world.keyring) == 0


def test_nothing_can_be_read_in_the_index(desk) -> None:
    call(desk, "Niccolò D'Amico", "333 1234567")
    with desk.world.factory() as session:
        rows = [dict(row) for row in session.execute(text("SELECT * FROM hotline_search")).mappings()]
        rows += [dict(row) for row in session.execute(text("SELECT * FROM hotline_caller")).mappings()]
    content = repr(rows).casefold()
    assert rows
    assert all(word not in content for word in ("niccol", "amico", "3331234567"))


def test_erasing_a_case_takes_it_out_of_the_index(desk) -> None:
    case_id = call(desk, "Ada Rossi", "333 1234567")
    desk.world.cases.erase(case_id, desk.now)
    assert found(desk, "Ada Rossi") == []
    with desk.world.factory() as session:
        assert session.scalar(text("SELECT count(*) FROM hotline_search")) == 0


def test_every_search_is_journalled_without_its_words(desk) -> None:
    call(desk, "Ada Rossi", None)
    found(desk, "Ada Rossi")
    assert desk.events(desk.sandro.id)[-1] == ("sportello_ricerca", desk.sandro.actor)
    with desk.world.factory() as session:
        last = session.execute(text("SELECT detail FROM journal ORDER BY id DESC LIMIT 1")).scalar_one()
    assert "Rossi" not in last and "nome" in last


def test_pages_of_results_the_last_touched_first(desk) -> None:
    cases = []
    for _ in range(search.PAGE + 3):
        cases.append(call(desk, "Ada Rossi", None))
        desk.world.cases.add_turn(cases[-1], "bot", {"text": "ciao"}, desk.now)
        desk.world.later(seconds=1)
    first, count = desk.hotline.search("rossi", desk.sandro, desk.now)
    rest, _ = desk.hotline.search("rossi", desk.sandro, desk.now, offset=search.PAGE)
    assert count == len(cases)
    assert first + rest == cases[::-1]


@pytest.mark.parametrize(
    ("words", "kind"), [("RT-0000", "nome"), ("", None), ("!!", None), ("12345", None), ("a", None)]
)
def test_what_is_no_search(words: str, kind: str | None) -> None:
    assert search.kind_of(words) == kind


def test_names_of_many_cases_cost_few_queries(desk, statements) -> None:
    few, many = [], []
    for size, cases in ((2, few), (12, many)):
        cases += [call(desk, f"Persona {number}", None) for number in "ab" * (size // 2)]
    counts = []
    for cases in (few, many):
        statements.clear()
        with desk.world.factory() as session:
            assert len(caller.of_cases_in(session, desk.world.keyring, cases)) == len(cases)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_what_is_not_said_again_stays(desk) -> None:
    case_id = call(desk, "Ada Rossi", "333 1234567")
    with writing(desk.world.factory) as session:
        caller.note_in(session, desk.world.keyring, case_id, Caller(None, "02 7654321", True), desk.now)
    with desk.world.factory() as session:
        known = caller.of_cases_in(session, desk.world.keyring, [case_id])[case_id]
    assert known == Caller("Ada Rossi", "+39027654321", True)
