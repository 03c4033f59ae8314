"""Rasa's policy predicts the same without the search by text, and makes it where a rule quotes a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RULES_NOT_IN_STORIES, RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import rules_by_intent

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [greet, goodbye]
actions: [action_saluti]
""")
BY_INTENT = json.dumps([{"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}}])
BY_TEXT = json.dumps([{"prev_action": {"action_name": "action_listen"}, "user": {"text": "ehi"}}])


@pytest.fixture(autouse=True)
def _put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RulePolicy, "_find_action_from_rules", rules_by_intent._search)


@pytest.fixture
def policy(tmp_path: Path) -> Callable[..., RulePolicy]:
    """A policy of Rasa's with these rules."""

    def make(*rules: str) -> RulePolicy:
        context = ExecutionContext(GraphSchema({}), "model")
        made = RulePolicy(RulePolicy.get_default_config(), LocalModelStorage(tmp_path), Resource("policy"), context)
        made.lookup = {
            RULES: dict.fromkeys(rules, "action_saluti"),
            RULES_FOR_LOOP_UNHAPPY_PATH: {},
            RULES_NOT_IN_STORIES: [],
        }
        return made

    return make


def tracker(intent: str = "greet") -> DialogueStateTracker:
    said = UserUttered("ehi", {"name": intent, "confidence": 1.0})
    return DialogueStateTracker.from_events("x", [ActionExecuted("action_listen"), said])


@pytest.mark.parametrize(("rules", "searched"), [((BY_INTENT,), False), ((BY_INTENT, BY_TEXT), True)])
def test_texts_are_searched_only_where_a_rule_quotes_one(
    rules: tuple[str, ...], searched: bool, policy: Callable[..., RulePolicy], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[bool] = []

    def own(self: Any, tracker: Any, domain: Any, use_text_for_last_user_input: bool) -> Any:
        calls.append(use_text_for_last_user_input)
        return "found", "by Rasa", False

    monkeypatch.setattr(rules_by_intent, "_search", own)
    rules_by_intent.install()
    made = policy(*rules)
    by_text = made._find_action_from_rules(tracker(), DOMAIN, use_text_for_last_user_input=True)
    by_intent = made._find_action_from_rules(tracker(), DOMAIN, use_text_for_last_user_input=False)
    assert by_text == (("found", "by Rasa", False) if searched else (None, None, False))
    assert by_intent == ("found", "by Rasa", False)
    assert calls == ([True, False] if searched else [False])


@pytest.mark.parametrize("intent", ["greet", "goodbye"])
@pytest.mark.parametrize("rules", [(BY_INTENT,), (BY_INTENT, BY_TEXT), (BY_TEXT,)])
def test_the_prediction_is_rasas(rules: tuple[str, ...], intent: str, policy: Callable[..., RulePolicy]) -> None:
    before = policy(*rules).predict_action_probabilities(tracker(intent), DOMAIN)
    rules_by_intent.install()
    after = policy(*rules).predict_action_probabilities(tracker(intent), DOMAIN)
    assert after == before
    expected = max(before.probabilities) > 0 and DOMAIN.action_names_or_texts[before.max_confidence_index]
    if intent == "greet" or BY_TEXT in rules:
        assert expected == "action_saluti"
