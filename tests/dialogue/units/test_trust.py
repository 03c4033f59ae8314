"""Safety, people, privacy."""

from __future__ import annotations

import pytest

import eligibility
from cases.errors import CaseNotFound
from tests.dialogue.people import WORKER


def test_an_emergency_is_one_message_with_the_numbers_and_nothing_else(consented, services) -> None:
    conversation = consented()
    conversation.press("/check_eligibility")
    heard = conversation.say("non ce la faccio più, voglio farla finita", "emergency")
    assert len(heard.texts) == 1
    assert "112" in heard.text
    assert "02 2327 2327" in heard.text
    assert "1522" in heard.text
    assert "dote" not in heard.text.lower()
    assert not heard.buttons
    dialogue = services.cases.get(conversation.case_id).dialogue
    assert dialogue["emergency"]
    assert dialogue["wants_person"]


def test_an_emergency_is_heard_before_the_consent_and_during_a_confirmation(talk) -> None:
    conversation = talk()
    assert "112" in conversation.say("mi fa male il petto", "emergency").text
    conversation.press("/affirm")
    conversation.say("da capo", "restart")
    assert "112" in conversation.say("mi picchia", "emergency").text


def test_after_an_emergency_the_conversation_can_go_on(consented) -> None:
    conversation = consented()
    conversation.say("sto male", "emergency")
    assert conversation.press("/check_eligibility").pending


def test_a_person_is_called_and_the_number_is_said(consented, services) -> None:
    conversation = consented()
    heard = conversation.say("voglio parlare con qualcuno", "ask_human")
    assert "800 318 318" in heard.text
    assert "9-17" in heard.text
    first = services.cases.get(conversation.case_id).dialogue["wants_person"]
    conversation.say("allora?", "ask_human")
    assert services.cases.get(conversation.case_id).dialogue["wants_person"] == first


def test_a_complaint_is_acknowledged_and_a_person_alerted(consented, services) -> None:
    conversation = consented()
    heard = conversation.say("siete inutili, vi denuncio", "complain")
    assert "Mi dispiace" in heard.text
    assert "800 318 318" in heard.text
    assert services.cases.get(conversation.case_id).dialogue["wants_person"]


def test_erasing_needs_a_yes_and_then_nothing_is_left(result, services) -> None:
    conversation, _ = result()
    assert conversation.say("cancella tutto", "delete_data").pending == "conferma"
    conversation.press("/deny")
    assert services.cases.get(conversation.case_id).facts
    conversation.say("cancella tutto", "delete_data")
    heard = conversation.press("/affirm")
    assert heard.cards == [{"erased": True}]
    with pytest.raises(CaseNotFound):
        services.cases.get(conversation.case_id)


def test_a_message_after_erasure_is_no_error(consented) -> None:
    conversation = consented()
    conversation.press("/delete_data")
    conversation.press("/affirm")
    assert conversation.say("ci siete?", "greet").cards == [{"erased": True}]


def test_privacy_and_identity_are_told_plainly_and_the_question_comes_back(consented) -> None:
    conversation = consented()
    asked = conversation.press("/check_eligibility").pending
    heard = conversation.say("che fine fanno i miei dati?", "ask_privacy")
    assert "cifrato" in heard.text
    assert heard.pending == asked
    heard = conversation.say("sei un robot?", "ask_bot_identity")
    assert "programma automatico" in heard.text
    assert heard.pending == asked


def test_professionals_get_no_chit_chat(consented) -> None:
    conversation = consented("medico")
    heard = conversation.say("buongiorno", "greet", confidence=0.9)
    assert len(heard.texts) == 1


def test_a_goodbye_leaves_the_conversation_open(consented) -> None:
    conversation = consented()
    asked = conversation.say("", facts={"eta": 50}).pending
    heard = conversation.say("basta, ciao", "goodbye")
    assert "salvata" in heard.text
    assert conversation.press("/check_eligibility").pending == asked


@pytest.mark.parametrize(
    "intent",
    """ask_measure_info ask_services ask_amount ask_documents ask_how_to_apply ask_deadline_or_open ask_contacts
    ask_network_project ask_incompatibility ask_why ask_explain_result ask_privacy ask_bot_identity thank greet
    out_of_scope""".split(),
)
def test_every_side_question_comes_back_to_the_open_one(consented, intent) -> None:
    conversation = consented()
    asked = conversation.say("", facts={"occupazione": "dipendente_tempo_indeterminato"}).pending
    heard = conversation.say("...", intent)
    assert heard.pending == asked
    assert len(heard.text) > 40


@pytest.mark.parametrize("role", ["cittadino", "medico", "sportello"])
@pytest.mark.parametrize("measure", sorted(eligibility.load().measures))
def test_side_questions_are_answered_for_every_measure(consented, role, measure) -> None:
    conversation = consented(role)
    title = eligibility.describe(measure, conversation.now.date())["title"]
    for intent in (
        "ask_measure_info",
        "ask_services",
        "ask_amount",
        "ask_documents",
        "ask_how_to_apply",
        "ask_deadline_or_open",
        "ask_contacts",
        "ask_incompatibility",
    ):
        assert title in conversation.press(f'/{intent}{{"measure": "{measure}"}}').text


def test_operators_nearby_are_found_once_the_place_is_known(consented) -> None:
    conversation = consented()
    asked = conversation.press("/check_eligibility").pending
    heard = conversation.say("c'è un operatore vicino?", "ask_operator_near")
    assert heard.pending == "comune"
    heard = conversation.say("a Como", facts={"comune": "Como"})
    assert "Operatore dimostrativo" in heard.text or "sede dimostrativa" in heard.text
    assert heard.pending == asked


def test_facts_of_the_worker_are_all_in_the_catalogue() -> None:
    assert eligibility.load().validate(WORKER) == WORKER
