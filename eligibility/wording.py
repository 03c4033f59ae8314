"""Conditions in plain Italian, for the pages and drawings of the rules."""

from __future__ import annotations

from collections.abc import Mapping

from eligibility.expressions import All, AnyOf, Const, Expression, Not, Test
from eligibility.facts import Fact

_ORDER_WORDS = {"at_least": "almeno", "at_most": "al massimo", "more_than": "più di", "less_than": "meno di"}
GROUP_WORDS = {All: "tutte queste", AnyOf: "almeno una di queste", Not: "non questa"}


def test_words(test: Test, facts: Mapping[str, Fact]) -> str:
    """A comparison as words, for instance «Invalidità civile: almeno 70 %»."""
    fact = facts[test.fact]
    if test.op in _ORDER_WORDS:
        return f"{fact.label}: {_ORDER_WORDS[test.op]} {_number(test.value)} {fact.unit or ''}".rstrip()
    if fact.type == "bool":
        return f"{fact.label}: {'sì' if test.value == (True,) else 'no' if test.value == (False,) else 'sì o no'}"
    values = [fact.options.get(v) or fact.other_options.get(v) or _number(v) for v in test.value]
    return (
        f"{fact.label}: {' oppure '.join(values)}" if len(values) < 3 else f"{fact.label}, una di: {'; '.join(values)}"
    )


def _number(value: object) -> str:
    return f"{value:g}".replace(".", ",") if isinstance(value, float) else str(value)


test_words.__test__ = False  # type: ignore[attr-defined]  # a name that test runners would take for theirs


Tree = tuple[str, list["Tree"]]


def tree(expression: Expression, facts: Mapping[str, Fact]) -> Tree:
    """A condition as (words, parts): a comparison has no parts, a group has one for each condition in it."""
    match expression:
        case Test():
            return test_words(expression, facts), []
        case All(parts) | AnyOf(parts):
            return GROUP_WORDS[type(expression)], [tree(part, facts) for part in parts]
        case Not(part):
            return GROUP_WORDS[Not], [tree(part, facts)]
        case Const(value):
            return ("sempre" if value else "mai"), []
    raise TypeError(f"not an expression: {expression!r}")
