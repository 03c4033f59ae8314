"""The exact three-valued truth of a single condition for one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eligibility.diagram import MIXED, Diagrams
from eligibility.domains import Domain
from eligibility.expressions import Expression, Test, facts_in, tests_in
from eligibility.partial_evaluation import PartialEvaluator

if TYPE_CHECKING:
    from eligibility.ruleset import Ruleset


def truth(ruleset: Ruleset, expression: Expression, facts: Mapping[str, Any]) -> bool | None:
    """True or False when the known facts force it, None otherwise. Raises FactErrors."""
    known = ruleset.validate(facts)
    domains = [Domain(ruleset.facts[id_], tests_in(expression)) for id_ in facts_in(expression)]
    codes = []
    for domain in domains:
        value = known.get(domain.fact.id)
        codes.append(domain.unknown if value is None else domain.code(value))
    return read(expression, domains, codes)


def read(expression: Expression, domains: Sequence[Domain], codes: Sequence[int]) -> bool | None:
    """As ``truth``, on the codes of the facts the expression names, in the order it names them."""
    diagrams, root = compiled(expression, domains)
    value = PartialEvaluator(diagrams, root).read(codes).value
    return None if value == MIXED else value


def compiled(expression: Expression, domains: Sequence[Domain]) -> tuple[Diagrams, int]:
    """The condition's diagram, over the facts of these domains in their order."""
    places = {domain.fact.id: number for number, domain in enumerate(domains)}
    diagrams = Diagrams([domain.size for domain in domains])

    def test(comparison: Test) -> tuple[int, Sequence[bool]]:
        place = places[comparison.fact]
        return place, domains[place].truths(comparison)

    return diagrams, diagrams.compile(expression, test)
