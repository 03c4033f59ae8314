"""The anonymous counts of a conversation: each thing once, whatever the person does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from cases import statistics
from tests.dialogue.people import WORKER

Difference = Callable[[], Counter[tuple[str, str]]]


@pytest.fixture
def counted(services) -> Iterator[Difference]:
    """What was counted since the test began: (event, outcome) -> how many."""

    def now() -> Counter[tuple[str, str]]:
        with services.cases.session_factory() as session:
            months = statistics.by_month(session).values()
        found: Counter[tuple[str, str]] = Counter()
        for month in months:
            for (event, _measure, _provincia, outcome), count in month.items():
                found[event, outcome] += count
        return found

    before = now()
    return lambda: now() - before


def test_who_never_answers_is_counted_as_asked(talk, counted: Difference) -> None:
    talk()
    assert counted()["domanda", "situazione"] == 1
    assert counted()["domanda_lasciata", "situazione"] == 0


def test_each_question_counts_once_and_is_left_once(consented, counted: Difference) -> None:
    conversation = consented()
    first = conversation.press("/check_eligibility").pending
    for _ in range(3):
        conversation.say("boh", "thank")  # the question stays open
    assert counted()["domanda", first] == 1
    assert counted()["domanda_lasciata", first] == 0
    second = conversation.press("/dont_know").pending
    assert second != first
    conversation.press("/go_back")
    assert counted()["domanda_lasciata", first] == counted()["domanda_lasciata", "situazione"] == 1
    assert counted()["domanda", second] == 1


def test_starting_again_does_not_count_the_same_conversation_twice(consented, counted: Difference) -> None:
    conversation = consented()
    conversation.press("/check_eligibility")
    conversation.press("/restart")
    before = counted()
    conversation.press("/affirm")
    assert conversation.press("/check_eligibility").pending == "occupazione"
    again = counted() - before
    assert not [outcome for event, outcome in again if event == "domanda"]


def test_what_was_not_understood_counts_once_where_it_happened(consented, counted: Difference) -> None:
    conversation = consented()
    asked = conversation.press("/check_eligibility").pending
    for words in ("bofonchio", "farfuglio"):
        conversation.say(words, "nlu_fallback", ranking=(("ask_amount", 0.2),))
    assert counted()["non_capito", asked] == 1
    assert counted()["non_capito_simile", "ask_amount"] == 1


def test_a_verdict_counts_once_with_the_province_of_the_person(result, services) -> None:
    def told() -> Counter[tuple[str, ...]]:
        with services.cases.session_factory() as session:
            return sum(map(Counter, statistics.by_month(session).values()), Counter())

    before = told()
    conversation, heard = result()
    verdicts = next(card["assessments"] for card in heard.cards if card["kind"] == "esito")
    fresh = told() - before
    for assessment in verdicts:
        key = ("valutazione", assessment["measure"], WORKER["provincia"], assessment["verdict"])
        assert fresh[key] == 1
    again = conversation.say("", facts={"invalidita_percento": WORKER["invalidita_percento"] + 1})
    shown_again = next(card["assessments"] for card in again.cards if card["kind"] == "esito")
    assert [a["verdict"] for a in shown_again] == [a["verdict"] for a in verdicts]
    assert told() - before == fresh


def test_the_counts_hold_no_word_of_what_was_written(consented, services) -> None:
    consented().say("segretissimo", "nlu_fallback", ranking=(("ask_amount", 0.2),))
    with services.cases.session_factory() as session:
        assert "segretissimo" not in repr(statistics.by_month(session))
