"""The exact three-valued truth of a single condition for one person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eligibility.diagram import MIXED, Diagrams
from eligibility.domains import Domain
from eligibility.expressions import Expression, Test, facts_in, tests_in
from eligibility.partial_evaluation import PartialEvaluator

if TYPE_CHECKING:
    from eligibility.ruleset import Ruleset


def truth(ruleset: Ruleset, expression: Expression, facts: Mapping[str, Any], on: dt.date | None = None) -> bool | None:
    """True or False when the known facts force it, None otherwise.

    ``on``: needed where the condition names a date. Raises FactErrors, ValueError without a day that is needed.
    """
    known = ruleset.validate(facts)
    domains = [Domain(ruleset.facts[id_], tests_in(expression)) for id_ in facts_in(expression)]
    codes = []
    for domain in domains:
        value = known.get(domain.fact.id)
        if value is not None and domain.fact.type == "date" and on is None:
            raise ValueError("a condition on a date needs the reference date")
        codes.append(domain.unknown if value is None else domain.class_on(value, on or dt.date.min))
    return read(expression, domains, codes)


def read(expression: Expression, domains: Sequence[Domain], codes: Sequence[int]) -> bool | None:
    """As ``truth``, on the codes of the facts the expression names, in the order it names them."""
    diagrams, root = compiled(expression, domains)
    value = PartialEvaluator(diagrams, root).read(codes).value
    return None if value == MIXED else value


class Condition:
    """A condition of a ruleset, compiled once over the ruleset's classes, for codes of whole people."""

    def __init__(self, ruleset: Ruleset, expression: Expression) -> None:
        self.expression = expression  # kept, so that its id is not used again
        self.facts = facts_in(expression)
        self._positions = [ruleset.positions[id_] for id_ in self.facts]
        diagrams, root = compiled(expression, [ruleset.domains[id_] for id_ in self.facts])
        self._evaluator = PartialEvaluator(diagrams, root)

    def read(self, codes: Sequence[int]) -> tuple[bool | None, tuple[str, ...]]:
        """Whether it holds (None: not known), and the facts not asked yet that could still settle it."""
        value, still_open = self._evaluator.read([codes[position] for position in self._positions])
        return (None if value == MIXED else value), tuple(self.facts[n] for n in still_open)


def condition(ruleset: Ruleset, expression: Expression) -> Condition:
    """The compiled form of one of the ruleset's own conditions."""
    found = ruleset.conditions.get(id(expression))
    if found is None:
        found = ruleset.conditions[id(expression)] = Condition(ruleset, expression)
    return found


def compiled(expression: Expression, domains: Sequence[Domain]) -> tuple[Diagrams, int]:
    """The condition's diagram, over the facts of these domains in their order."""
    places = {domain.fact.id: number for number, domain in enumerate(domains)}
    diagrams = Diagrams([domain.size for domain in domains])

    def test(comparison: Test) -> tuple[int, Sequence[bool]]:
        place = places[comparison.fact]
        return place, domains[place].truths(comparison)

    return diagrams, diagrams.compile(expression, test)
