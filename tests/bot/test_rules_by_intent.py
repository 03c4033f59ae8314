"""Rasa's policy answers the same without the search by text, and with it where a rule quotes a text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rasa.core.policies.rule_policy import RULES, RulePolicy
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


def policy(*rules: str) -> RulePolicy:
    made = RulePolicy.__new__(RulePolicy)
    made.lookup = {RULES: dict.fromkeys(rules, "action_saluti")}
    return made


def tracker() -> DialogueStateTracker:
    said = UserUttered("ehi", {"name": "greet", "confidence": 1.0})
    return DialogueStateTracker.from_events("x", [ActionExecuted("action_listen"), said])


@pytest.mark.parametrize(("rules", "searched"), [((BY_INTENT,), False), ((BY_INTENT, BY_TEXT), True)])
def test_texts_are_searched_only_where_a_rule_quotes_one(
    rules: tuple[str, ...], searched: bool, monkeypatch: pytest.MonkeyPatch
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
