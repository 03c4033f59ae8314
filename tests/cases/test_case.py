"""A case from opening to export."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from cases import CaseNotFound, StaleCase, TurnNotFound, turns
from cases.db import Moment, writing
from cases.models import CaseRow, JournalRow, TokenRow


def test_a_new_case_is_empty(world):
    record = world.cases.open("medico", world.now)
    assert world.cases.get(record.id) == record
    assert (record.role, record.mode, record.facts, record.consents) == ("medico", "bot", {}, {})


def test_only_the_three_roles_open_a_case_and_a_failed_opening_leaves_no_key(world):
    with pytest.raises(IntegrityError):
        world.cases.open("hacker", world.now)
    assert world.keyring.scopes() == set()


def test_facts_are_merged_unknown_ones_stay_and_forgotten_ones_go(world):
    case_id = world.a_case(invalidita_percento=75, eta=None).id
    world.cases.update(case_id, world.now, "persona", facts={"invalidita_percento": 67, "comune": "Lodi"})
    assert world.cases.get(case_id).facts == {"invalidita_percento": 67, "eta": None, "comune": "Lodi"}
    world.cases.update(case_id, world.now, "persona", facts={"eta": 40}, forget=["comune", "absent"])
    assert world.cases.get(case_id).facts == {"invalidita_percento": 67, "eta": 40}


def test_dialogue_and_mode_are_replaced(world):
    case_id = world.a_case().id
    world.cases.update(case_id, world.now, "bot", dialogue={"phase": "raccolta", "n": [1]})
    record = world.cases.update(case_id, world.now, "sportello:1", mode="person", dialogue={"phase": "esito"})
    assert (record.mode, record.dialogue) == ("person", {"phase": "esito"})


def test_a_writer_that_read_an_older_version_is_told(world):
    record = world.a_case()
    world.cases.update(record.id, world.now, "bot", facts={"eta": 40}, version=record.version)
    with pytest.raises(StaleCase):
        world.cases.update(record.id, world.now, "bot", facts={"eta": 50}, version=record.version)
    assert world.cases.get(record.id).facts == {"eta": 40}


def test_concurrent_updates_of_one_case_all_arrive(world):
    case_id = world.a_case().id

    def put(number):
        world.cases.update(case_id, world.now, "bot", facts={f"fact {number}": number})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, range(24)))
    assert len(world.cases.get(case_id).facts) == 24


@pytest.mark.parametrize("act", ["get", "turns", "export", "pending_turns"])
def test_an_unknown_case_is_not_found(world, act):
    with pytest.raises(CaseNotFound):
        getattr(world.cases, act)("0" * 32)


def test_a_token_opens_its_case_until_it_expires_and_is_not_stored(world):
    case_id = world.a_case().id
    token = world.cases.issue_token(case_id, world.now, life=timedelta(hours=1))
    assert world.cases.case_for_token(token, world.now).id == case_id
    with world.factory() as session:
        assert token not in session.scalars(select(TokenRow.token_hash)).all()
    for wrong, now in ((token + "x", world.now), ("", world.now), (token, world.later(hours=1))):
        with pytest.raises(CaseNotFound):
            world.cases.case_for_token(wrong, now)


def test_consents_keep_text_version_and_hash_and_can_be_withdrawn(world):
    case_id = world.a_case().id
    world.cases.grant_consent(case_id, "salute", "Testo uno", "1", world.now)
    world.cases.grant_consent(case_id, "salute", "Testo due", "2", world.later(minutes=1))
    record = world.cases.get(case_id)
    assert record.consented("salute")
    assert not record.consented("invio")
    assert (record.consents["salute"].text, record.consents["salute"].version) == ("Testo due", "2")
    assert world.cases.withdraw_consent(case_id, "salute", world.later(minutes=1))
    assert not world.cases.get(case_id).consented("salute")
    assert not world.cases.withdraw_consent(case_id, "salute", world.now)
    assert [c["withdrawn_at"] is not None for c in world.cases.export(case_id)["consents"]] == [True, True]
    with pytest.raises(ValueError, match="purpose"):
        world.cases.grant_consent(case_id, "marketing", "x", "1", world.now)


def test_agreeing_twice_to_the_same_words_is_one_consent(world):
    case_id = world.a_case().id
    for _ in range(2):
        world.cases.grant_consent(case_id, "salute", "Testo", "1", world.now)
    assert len(world.cases.export(case_id)["consents"]) == 1


def test_turns_keep_their_order_and_a_repeated_key_adds_none(world):
    case_id = world.a_case().id
    first = world.cases.add_turn(case_id, "persona", {"text": "ciao"}, world.now, key="k")
    world.cases.add_turn(case_id, "bot", {"text": "salve", "buttons": []}, world.now)
    again = world.cases.add_turn(case_id, "persona", {"text": "altro"}, world.now, key="k")
    assert again == first
    assert [t.body["text"] for t in world.cases.turns(case_id)] == ["ciao", "salve"]
    assert [t.seq for t in world.cases.turns(case_id, after=first.seq)] == [2]


def test_the_same_key_in_another_case_is_another_turn(world):
    one, two = world.a_case().id, world.a_case().id
    assert (
        world.cases.add_turn(one, "persona", {"text": "a"}, world.now, key="k").id
        != world.cases.add_turn(two, "persona", {"text": "b"}, world.now, key="k").id
    )


def test_concurrent_turns_have_no_gap_and_no_double(world):
    case_id = world.a_case().id

    def say(number):
        return world.cases.add_turn(case_id, "persona", {"text": str(number)}, world.now, key=str(number % 10)).id

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(say, range(40)))
    assert len(set(ids)) == 10
    assert [t.seq for t in world.cases.turns(case_id)] == list(range(1, 11))


def test_a_turn_waits_until_it_is_finished(world):
    case_id = world.a_case().id
    turn = world.cases.add_turn(case_id, "persona", {"text": "ciao"}, world.now, status="pending")
    assert [t.id for t in world.cases.pending_turns(case_id)] == [turn.id]
    assert world.cases.finish_turn(turn.id, body={"text": "ciao!"}).body == {"text": "ciao!"}
    assert world.cases.pending_turns(case_id) == []
    with pytest.raises(TurnNotFound):
        world.cases.finish_turn("0" * 32)


@pytest.mark.parametrize("count", [0, 1, 11, 12, 13, 40])
def test_turns_are_read_backwards_a_few_at_a_time(world, count):
    case_id = world.a_case().id
    for number in range(count):
        world.cases.add_turn(case_id, "bot", {"text": str(number)}, world.now)
    with world.cases.session_factory() as session:
        found = turns.newest_first_in(session, world.keyring.cipher(case_id), case_id)
        assert [turn.body["text"] for turn in found] == [str(number) for number in reversed(range(count))]


def test_closing_a_turn_that_is_not_there_is_an_error(world):
    with world.cases.session_factory() as session, pytest.raises(TurnNotFound):
        turns.close_in(session, "nothing")


def test_the_export_holds_everything(world):
    case_id = world.a_case(invalidita_percento=75).id
    world.cases.update(case_id, world.now, "bot", dialogue={"phase": "esito"})
    world.cases.grant_consent(case_id, "salute", "Testo", "1", world.now)
    world.cases.add_turn(case_id, "persona", {"text": "ho il 75%"}, world.now)
    result = {"ruleset": "1+abc", "assessments": [{"measure": "tirocinio", "verdict": "da_verificare"}]}
    with writing(world.factory) as session:
        world.cases.record_assessment_in(session, case_id, result, date(2025, 6, 3), world.now)
    export = world.cases.export(case_id)
    assert export["facts"] == {"invalidita_percento": 75}
    assert export["dialogue"] == {"phase": "esito"}
    assert export["consents"][0]["text"] == "Testo"
    assert export["turns"][0]["text"] == "ho il 75%"
    assert export["assessments"][0]["ruleset"] == "1+abc"
    assert {"caso_aperto", "caso_aggiornato", "consenso_dato", "valutazione"} <= {j["event"] for j in export["journal"]}


def test_the_database_holds_nothing_of_it_in_clear(world):
    case_id = world.a_case(comune="Zibidopoli").id
    world.cases.update(case_id, world.now, "persona", dialogue={"nome": "Ermenegilda"})
    world.cases.add_turn(case_id, "persona", {"text": "xilofono"}, world.now, key="ocarina")
    with world.factory() as session:
        rows = [
            repr(row)
            for table in ("case_record", "turn", "journal", "consent")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        ]
        names = session.scalars(select(JournalRow.detail).where(JournalRow.event == "caso_aggiornato")).all()
    assert not [row for row in rows if any(w in row for w in ("Zibidopoli", "Ermenegilda", "xilofono", "ocarina"))]
    assert names and not any("comune" in detail for detail in names)
    updates = [entry for entry in world.cases.export(case_id)["journal"] if entry["event"] == "caso_aggiornato"]
    assert updates[0]["facts"] == ["comune"]


def test_facts_moved_to_another_case_do_not_open(world):
    one, two = world.a_case(eta=40).id, world.a_case(eta=50).id
    with world.factory() as session:
        session.get(CaseRow, two).facts_sealed = session.get(CaseRow, one).facts_sealed
        session.commit()
    from cases.errors import DecryptionFailed

    with pytest.raises(DecryptionFailed):
        world.cases.get(two)


def test_moments_need_a_zone_and_come_back_in_utc():
    with pytest.raises(ValueError, match="zone"):
        Moment().process_bind_param(datetime(2025, 1, 1), None)  # noqa: DTZ001
    assert Moment().process_result_value(datetime(2025, 1, 1), None).tzinfo is UTC  # noqa: DTZ001
