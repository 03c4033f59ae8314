"""Eligibility for the active labour-market measures of Lombardy: dated, cited, explained rules.

Pure: no clock, no network, no database; the reference date is an argument everywhere, and the only files
read are this package's own. See docs/eligibility.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eligibility.errors import EligibilityError, FactErrors, RuleError, UnknownMeasure
from eligibility.texts import AUDIENCES

if TYPE_CHECKING:
    from eligibility.assessment import Assessment, CriterionResult, Result, assess
    from eligibility.conflicts import contradictions
    from eligibility.description import describe
    from eligibility.questions import Question, next_question, question_for
    from eligibility.ruleset import CONVERSATION_MEASURES, Ruleset, load, load_from
    from eligibility.signpost import signposts
    from eligibility.situations import measures_for, situation, worth_asking
    from eligibility.today import TodayPlan, next_question_for_plan, plan_for

# Names that live in modules loaded only when they are first used, so that importing costs little.
_HOMES = {
    "Assessment": "assessment", "CriterionResult": "assessment", "Result": "assessment", "assess": "assessment",
    "contradictions": "conflicts", "describe": "description", "Question": "questions",
    "next_question": "questions", "question_for": "questions", "CONVERSATION_MEASURES": "ruleset",
    "Ruleset": "ruleset", "load": "ruleset", "load_from": "ruleset", "signposts": "signpost",
    "measures_for": "situations", "situation": "situations",
    "worth_asking": "situations",
    "TodayPlan": "today", "plan_for": "today",
    "next_question_for_plan": "today",
}  # fmt: skip

__all__ = [
    "AUDIENCES",
    "CONVERSATION_MEASURES",
    "Assessment",
    "CriterionResult",
    "EligibilityError",
    "FactErrors",
    "Question",
    "Result",
    "RuleError",
    "Ruleset",
    "TodayPlan",
    "UnknownMeasure",
    "assess",
    "contradictions",
    "describe",
    "load",
    "load_from",
    "measures_for",
    "next_question",
    "next_question_for_plan",
    "plan_for",
    "question_for",
    "signposts",
    "situation",
    "worth_asking",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"eligibility.{home}"), name)
    globals()[name] = value
    return value
