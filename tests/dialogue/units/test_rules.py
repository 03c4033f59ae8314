"""The rules and the domain say the same as the dialogue and the contract."""

from __future__ import annotations

import pytest

import eligibility
from actions.rasa_actions import all_actions
from dialogue import TOPICS, rasa_files, routing
from dialogue.intents import INTENTS, SPOKEN
from tests.dialogue.rules import all_rules, domain, intents, rules_for, topic_of

CONTRACT_INTENTS = set(
    """greet goodbye thank affirm deny dont_know inform check_eligibility ask_measure_info ask_services ask_amount
    ask_documents ask_how_to_apply ask_deadline_or_open ask_operator_near ask_contacts open_referral referral_status
    cancel_referral correct_answer restart go_back ask_why ask_explain_result ask_human ask_privacy delete_data
    ask_gp_refer ask_network_project ask_incompatibility ask_bot_identity complain emergency out_of_scope""".split()
)


def test_the_domain_knows_the_intents_of_the_contract_and_the_fallback() -> None:
    assert set(intents()) >= CONTRACT_INTENTS | {"nlu_fallback"}


@pytest.mark.parametrize("name", rasa_files.FILES)
def test_rasas_files_are_those_of_the_intents_and_facts(name: str) -> None:
    written = (rasa_files.ROOT / name).read_text(encoding="utf-8")
    assert written == rasa_files.FILES[name](), f"{name} is not current: python -m dialogue.rasa_files"


def test_every_intent_has_examples_and_a_topic_that_is_there() -> None:
    folder = rasa_files.ROOT / "data" / "nlu"
    assert {path.stem for path in folder.glob("*.yml")} == SPOKEN, "examples of an intent: data/nlu/<intent>.yml"
    assert {name: intent.topic for name, intent in INTENTS.items() if intent.topic not in routing.TABLE} == {}


@pytest.mark.parametrize("intent", intents())
def test_every_intent_has_one_rule_that_calls_its_topic(intent: str) -> None:
    [rule] = rules_for(intent)
    assert "condition" not in rule
    assert topic_of(intent) == routing.topic_of(intent)


def test_the_engine_keeps_no_slot_and_no_form() -> None:
    assert not {"slots", "forms"} & set(domain())


def test_a_rule_is_named_by_an_english_sentence() -> None:
    names = [rule["rule"] for rule in all_rules()]
    assert len(set(names)) == len(names)
    assert all(len(name.split()) >= 4 for name in names)


def test_the_domain_lists_the_actions_of_the_server_and_no_other(services) -> None:
    assert set(domain()["actions"]) == {action.name() for action in all_actions(services)}
    assert len(domain()["actions"]) == len(TOPICS)


def test_rules_use_known_actions() -> None:
    used = {step["action"] for rule in all_rules() for step in rule["steps"] if "action" in step}
    assert used == set(domain()["actions"])


def test_the_domain_knows_every_fact() -> None:
    assert set(eligibility.load().facts) <= set(domain()["entities"])


def test_entities_stay_out_of_the_policy() -> None:
    assert all(entry[next(iter(entry))] == {"use_entities": []} for entry in domain()["intents"])
