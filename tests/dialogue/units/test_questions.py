"""The engine asks; the dialogue asks in other words, takes what it hears, and gives up with grace."""

from __future__ import annotations

import json

import eligibility
from tests.dialogue.people import WORKER, answer_all


def test_five_facts_in_a_message_fill_five_facts(consented) -> None:
    five = {k: WORKER[k] for k in ("occupazione", "provincia", "eta", "invalidita_percento", "rientrato_al_lavoro")}
    heard = consented().say("...", facts=five)
    assert heard.state["facts"] == five
    assert "75%" in heard.text
    assert "50 anni" in heard.text


def test_the_question_is_the_engines(consented, services) -> None:
    conversation = consented()
    heard = conversation.say("", facts={"occupazione": "disoccupato"})
    expected = eligibility.next_question(
        {"occupazione": "disoccupato"}, conversation.now.date(), measures=eligibility.CONVERSATION_MEASURES
    )
    assert heard.pending == expected.fact


def test_every_choice_has_a_way_out_for_who_does_not_know(consented) -> None:
    conversation = consented()
    heard = conversation.say("", facts={"occupazione": "disoccupato"})
    while heard.pending in eligibility.load().facts:
        assert heard.buttons[-1]["payload"] == "/dont_know"
        heard = conversation.press("/dont_know")
    assert heard.pending == "riepilogo"


def test_not_knowing_moves_on_and_is_not_asked_again(consented) -> None:
    conversation = consented()
    heard = conversation.press("/check_eligibility")
    asked = []
    while heard.pending in eligibility.load().facts:
        asked.append(heard.pending)
        heard = conversation.press("/dont_know")
    assert len(asked) == len(set(asked))
    assert all(heard.state["facts"][fact] is None for fact in asked)


def test_a_yes_answers_an_open_yes_or_no_question(consented) -> None:
    conversation = consented()
    heard = conversation.say("", facts={"occupazione": "dipendente_tempo_indeterminato", "provincia": "MI", "eta": 50})
    assert heard.pending == "residenza_lombardia" or heard.pending == "sede_lavoro_lombardia"
    asked = heard.pending
    heard = conversation.say("certo", "affirm")
    assert heard.state["facts"][asked] is True


def test_buttons_carry_typed_values(consented) -> None:
    heard = consented().press("/check_eligibility")
    values = [json.loads(b["payload"].removeprefix("/inform")) for b in heard.buttons if b["payload"] != "/dont_know"]
    values = [
        value for value in values if "gruppo" not in value
    ]  # the first of two steps: tests/actions/test_option_groups
    catalogue = eligibility.load()
    assert values
    assert all(catalogue.validate(value) == value for value in values)


def test_a_number_out_of_range_is_explained_and_asked_again(consented) -> None:
    conversation = consented()
    heard = conversation.say(
        "", facts={**{k: v for k, v in WORKER.items() if k != "invalidita_percento"}, "part_time": False}
    )
    assert heard.pending == "invalidita_percento"
    heard = conversation.say("il 175%", facts={"invalidita_percento": 175})
    assert "tra 0 e 100" in heard.text
    assert heard.pending == "invalidita_percento"
    assert "invalidita_percento" not in heard.state["facts"]


def test_the_second_time_the_question_has_other_words(consented) -> None:
    conversation = consented()
    first = conversation.say("", facts={"occupazione": "dipendente_tempo_indeterminato"})
    again = conversation.say("quanto vale?", "ask_amount")
    assert again.pending == first.pending
    assert first.texts[-1] not in again.texts[-1]


def test_a_contradiction_is_reported_not_settled(consented) -> None:
    heard = consented().say("", facts={"occupazione": "disoccupato", "rientrato_al_lavoro": True})
    assert "non mi torna" in heard.text
    assert {"occupazione", "rientrato_al_lavoro"} <= set(heard.state["facts"])
    assert [b["payload"] for b in heard.buttons if b["payload"].startswith("/correct_answer")]


def test_a_value_that_changes_is_said_with_the_one_before(consented) -> None:
    conversation = consented()
    conversation.say("", facts={"eta": 50})
    heard = conversation.say("", facts={"eta": 51})
    assert "50 anni" in heard.text
    assert "51 anni" in heard.text


def test_two_misunderstandings_bring_choices_and_a_third_a_person(consented, services) -> None:
    conversation = consented()
    conversation.press("/check_eligibility")
    ranking = (("nlu_fallback", 0.4), ("ask_amount", 0.3), ("ask_services", 0.2), ("inform", 0.1))
    first = conversation.say("grzb", "nlu_fallback", ranking=ranking)
    assert "/ask_amount" not in [b["payload"] for b in first.buttons]
    second = conversation.say("grzb", "nlu_fallback", ranking=ranking)
    assert {"/ask_amount", "/ask_services", "/ask_human"} <= {b["payload"] for b in second.buttons}
    third = conversation.say("grzb", "nlu_fallback", ranking=ranking)
    assert "800 318 318" in third.text
    assert services.cases.get(conversation.case_id).dialogue["wants_person"]


def test_a_question_never_understood_is_left_to_be_verified(consented) -> None:
    conversation = consented()
    stuck = conversation.press("/check_eligibility").pending
    for _ in range(8):
        heard = conversation.say("grzb", "nlu_fallback")
    assert heard.pending not in (stuck, None)


def test_an_understood_answer_forgives_earlier_misunderstandings(consented, services) -> None:
    conversation = consented()
    conversation.press("/check_eligibility")
    conversation.say("grzb", "nlu_fallback")
    conversation.say("", facts={"eta": 40})
    conversation.say("grzb", "nlu_fallback")
    assert services.cases.get(conversation.case_id).dialogue["misunderstood"] == 1


def test_the_whole_interview_ends_in_the_engines_verdict(consented) -> None:
    conversation = consented()
    heard = answer_all(conversation, conversation.press("/check_eligibility"))
    assert heard.pending == "riepilogo"
    heard = conversation.press("/affirm")
    expected = eligibility.assess(WORKER, conversation.now.date(), measures=eligibility.CONVERSATION_MEASURES)
    assert heard.verdicts == {a.measure: a.verdict for a in expected.assessments}


def test_a_repeated_message_is_answered_the_same_and_changes_nothing(consented, services) -> None:
    from dialogue import Understood

    conversation = consented()
    read = Understood("inform", 0.9, "50 anni", {"eta": 50})
    first = conversation.send(read, "stesso")
    version = services.cases.get(conversation.case_id).version
    second = conversation.send(read, "stesso")
    assert second.texts == first.texts
    assert services.cases.get(conversation.case_id).version == version


def test_a_person_in_charge_silences_the_assistant(consented, services) -> None:
    conversation = consented()
    services.cases.update(conversation.case_id, conversation.now, "sportello", mode="person")
    heard = conversation.say("", facts={"eta": 50})
    assert heard.state["facts"] == {}
    assert "persona" in heard.text
