"""Which question to ask next: one that can still change a verdict, and that ends the talk soonest.

For one measure the expected number of questions from any point on is computed exactly (dynamic programming
over what is left of the measure's diagram, with the prior of facts.yaml). Among several measures the
question chosen is the one that takes away the most of the sum of those expectations: one that several
measures share counts several times. Steps come first: no question of step 2 (health) is asked while one of
step 1 (place, work) can still change a verdict; step 3 holds what is improbable or costs the person most. A fact with
``ask_when`` is asked only of those for whom it is true. Ties go to the order of facts.yaml, so the order is total.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eligibility.compiled import CompiledEdition
from eligibility.conditions import condition
from eligibility.facts import Fact
from eligibility.ruleset import Ruleset, chosen_measures, load
from eligibility.texts import check_audience

_EPSILON = 1e-9


@dataclass(frozen=True, slots=True)
class Question:
    """A question to ask. ``variants``: the same in other words. ``options``: None for a free answer."""

    fact: str
    type: str
    text: str
    why: str
    variants: tuple[str, ...]
    options: tuple[dict[str, Any], ...] | None
    sensitive: bool

    def to_dict(self) -> dict[str, Any]:
        """The contract's ``{"fact", "type", "options"?, "text", "why"}``."""
        shown: dict[str, Any] = {"fact": self.fact, "type": self.type}
        if self.options is not None:
            shown["options"] = [dict(option) for option in self.options]
        return {**shown, "text": self.text, "why": self.why}


def question_for(fact: Fact, audience: str = "cittadino") -> Question:
    """The question about this fact in the words of the audience."""
    choices = fact.choices()
    return Question(
        fact=fact.id, type=fact.type, text=fact.question[audience], why=fact.why[audience],
        variants=fact.variants.get(audience, ()), options=tuple(choices) if choices else None,
        sensitive=fact.sensitive,
    )  # fmt: skip


class Costs:
    """The expected number of questions left for one edition, at any point of the talk."""

    def __init__(self, compiled: CompiledEdition) -> None:
        self.compiled = compiled
        self.diagrams = compiled.diagrams
        self.steps = tuple(domain.fact.step for domain in compiled.domains)
        self.priors = tuple(domain.prior() for domain in compiled.domains)
        self._cost: dict[int, float] = {}

    def left(self, codes: Sequence[int]) -> int:
        """What is left of the verdict after the known facts: a node over the facts not asked yet."""
        evaluator = self.compiled.verdict
        return evaluator.settled(evaluator.state(self.compiled.pick(codes)))

    def expected(self, node: int) -> float:
        """Expected questions to settle the function, asking in the best order that respects the steps."""
        if self.diagrams.is_leaf(node):
            return 0.0
        cost = self._cost.get(node)
        if cost is None:
            support = self.diagrams.support(node)
            step = min(self.steps[variable] for variable in support)
            cost = 1 + min(self.after(node, v) for v in support if self.steps[v] == step)
            self._cost[node] = cost
        return cost

    def after(self, node: int, variable: int) -> float:
        """Expected questions still to come once this one is answered."""
        return sum(
            share * self.expected(self.diagrams.restrict(node, variable, code))
            for code, share in enumerate(self.priors[variable])
        )

    def saving(self, node: int, variable: int) -> float:
        """By how much asking this is expected to shorten what is left of this measure."""
        return self.expected(node) - self.after(node, variable)


_costs: dict[int, tuple[CompiledEdition, Costs]] = {}


def _costs_of(compiled: CompiledEdition) -> Costs:
    found = _costs.get(id(compiled))
    if found is None or found[0] is not compiled:
        if len(_costs) > 200:
            _costs.clear()
        found = _costs[id(compiled)] = (compiled, Costs(compiled))
    return found[1]


def _askable(
    ruleset: Ruleset, codes: Sequence[int], useful: Iterable[str], exclude: Collection[str]
) -> dict[str, set[str]]:
    """The facts that may be asked now, each with the useful facts that it is asked for.

    A fact with a condition (``ask_when``) is asked only of those for whom it is true. Where that is not known yet, what
    would settle it is asked first if it is useful by itself; else the fact is left alone, and told by who wants to. What is
    ``left_to_office`` is never asked.
    """
    useful = tuple(useful)
    found: dict[str, set[str]] = {}

    def offer(id_: str, reason: str, above: frozenset[str]) -> None:
        if id_ in exclude or id_ in above or ruleset.facts[id_].left_to_office:
            return
        limit = ruleset.ask_when.get(id_)
        truth, open_facts = (True, ()) if limit is None else condition(ruleset, limit).read(codes)
        if truth:
            found.setdefault(id_, set()).add(reason)
        elif truth is None:
            for before in open_facts:
                if before in useful:
                    offer(before, reason, above | {id_})

    for id_ in useful:
        offer(id_, id_, frozenset())
    return found


def choose_fact(
    ruleset: Ruleset, codes: Sequence[int], editions: Iterable[CompiledEdition], exclude: Collection[str] = ()
) -> str | None:
    """The fact to ask next, or None when no answer can change any verdict of these editions."""
    open_parts = []
    savings: dict[str, float] = {}
    for compiled in editions:
        costs = _costs_of(compiled)
        node = costs.left(codes)
        if not compiled.diagrams.is_leaf(node):
            open_parts.append((costs, node))
            savings.update((compiled.facts[v], 0.0) for v in compiled.diagrams.support(node))
    askable = _askable(ruleset, codes, savings, exclude)
    candidates = list(askable)
    if not candidates:
        return None
    step = min(ruleset.facts[id_].step for id_ in candidates)
    candidates = [id_ for id_ in candidates if ruleset.facts[id_].step == step]
    if len(candidates) == 1:
        return candidates[0]
    for costs, node in open_parts:
        for variable in costs.diagrams.support(node):
            id_ = costs.compiled.facts[variable]
            savings[id_] += costs.saving(node, variable)
    # What must be known before another question makes sense is worth what that question is worth.
    worth = {id_: max(savings[reason] for reason in askable[id_]) for id_ in candidates}
    candidates.sort(key=ruleset.positions.__getitem__)
    best = max(worth.values())
    return next(id_ for id_ in candidates if worth[id_] >= best - _EPSILON)


def choose_question(
    ruleset: Ruleset,
    codes: Sequence[int],
    editions: Iterable[CompiledEdition],
    audience: str = "cittadino",
    exclude: Collection[str] = (),
) -> Question | None:
    """As ``choose_fact``, in the words of the audience."""
    fact = choose_fact(ruleset, codes, editions, exclude)
    return question_for(ruleset.facts[fact], audience) if fact else None


def next_question(
    facts: Mapping[str, Any],
    on: dt.date,
    measures: Sequence[str] | None = None,
    audience: str = "cittadino",
    exclude: Collection[str] = (),
    ruleset: Ruleset | None = None,
) -> Question | None:
    """The question to ask now.

    ``exclude``: facts not to ask (for instance health facts before consent). None: nothing that may be
    asked can still change a verdict of the measures in play. Raises FactErrors, UnknownMeasure.
    """
    ruleset = ruleset or load()
    check_audience(audience)
    editions = [ruleset.compiled(ruleset.edition(measure, on)) for measure in chosen_measures(ruleset, measures)]
    return choose_question(ruleset, ruleset.encode(facts, on), editions, audience, exclude)
