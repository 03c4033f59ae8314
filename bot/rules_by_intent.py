"""Leaves out the search for rules that quote a person's words, where there are none.

Before it looks at the intent, Rasa's policy goes through all rules once more with the text of the message. Rules that
quote texts are an option of training data; ours speak of intents only.
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.rule_policy import RULES, RulePolicy

_search = RulePolicy._find_action_from_rules


def _quotes_texts(policy: RulePolicy) -> bool:
    found: bool | None = policy.__dict__.get("_rientro_quotes_texts")
    if found is None:
        # Rules are kept as JSON; a quoted text stands under this name in the state of the person's turn.
        found = any('"text"' in rule for rules in (policy.lookup or {}).values() if rules for rule in rules)
        policy.__dict__["_rientro_quotes_texts"] = found
    return found


def _find(self: RulePolicy, tracker: Any, domain: Any, use_text_for_last_user_input: bool) -> Any:
    """As Rasa's own."""
    if use_text_for_last_user_input and self.lookup.get(RULES) and not _quotes_texts(self):
        return None, None, False
    return _search(self, tracker, domain, use_text_for_last_user_input)


def install() -> None:
    """Make Rasa's policy search with texts only where a rule quotes one."""
    RulePolicy._find_action_from_rules = _find
