"""An edition compiled to partial evaluators: one for its verdict, one for each criterion and each optional part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from eligibility.diagram import MIXED, Diagrams
from eligibility.domains import Domain
from eligibility.expressions import Expression, Test, facts_in
from eligibility.partial_evaluation import PartialEvaluator
from eligibility.rules import Criterion, Edition, Item

SATISFIED, FAILED, PENDING = "soddisfatto", "non_soddisfatto", "sconosciuto"
ELIGIBLE, NOT_ELIGIBLE, TO_VERIFY = "ammissibile", "non_ammissibile", "da_verificare"

Codes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a criterion says of a person.

    ``facts``: the facts that decide it (a smallest set of known ones that forces the outcome), or, when it
    is open, those that would have to be known. ``gap``: index of the open point of the law, if that is why.
    ``applies``: False when the criterion is met because it does not concern the person.
    """

    outcome: str
    facts: tuple[str, ...]
    gap: int | None
    applies: bool


def _picker(positions: Sequence[int]) -> Callable[[Sequence[int]], Codes]:
    if len(positions) == 0:
        return lambda codes: ()
    if len(positions) == 1:
        (only,) = positions
        return lambda codes: (codes[only],)
    return itemgetter(*positions)


class CompiledEdition:
    """The partial evaluators of one edition.

    ``facts``: the facts it names, which are the variables of its diagrams, in the order they are asked
    there. ``pick``: takes this edition's codes out of the codes of a whole person.
    """

    def __init__(self, edition: Edition, domains: Mapping[str, Domain], positions: Mapping[str, int]) -> None:
        self.edition = edition
        expressions = [e for criterion in edition.criteria for e in _expressions(criterion)]
        optional = [item.when for items in edition.items.values() for item in items if item.when is not None]
        self.facts = facts_in(*expressions, *optional)
        self.variables = {id_: number for number, id_ in enumerate(self.facts)}
        self.domains = tuple(domains[id_] for id_ in self.facts)
        self.pick = _picker([positions[id_] for id_ in self.facts])
        self.diagrams = Diagrams([domain.size for domain in self.domains])
        self.criteria = tuple(CompiledCriterion(criterion, self) for criterion in edition.criteria)
        self.verdict = PartialEvaluator(self.diagrams, self._verdict_root(), _verdict_of)
        self._items = {
            id(item): PartialEvaluator(self.diagrams, self.compile(item.when))
            for items in edition.items.values()
            for item in items
            if item.when is not None
        }

    def _verdict_root(self) -> int:
        root = self.diagrams.leaf("A")
        # From the last to the first, so that the diagrams stay small while they grow.
        for criterion in reversed(self.criteria):
            root = self.diagrams.combine(_and, criterion.evaluator.root, root)
        return root

    def picker(self, names: Sequence[str]) -> Callable[[Sequence[int]], Codes]:
        """Takes the codes of these facts out of the codes of this edition."""
        return _picker([self.variables[id_] for id_ in names])

    def compile(self, expression: Expression) -> int:
        """The diagram of a condition over this edition's variables."""
        return self.diagrams.compile(expression, self._test)

    def _test(self, test: Test) -> tuple[int, Sequence[bool]]:
        variable = self.variables[test.fact]
        return variable, self.domains[variable].truths(test)

    def offered(self, item: Item, codes: Codes) -> bool | None:
        """Is the item for this person? None: it depends on what is not known."""
        if item.when is None:
            return True
        value = self._items[id(item)].read(codes).value
        return None if value == MIXED else value


class CompiledCriterion:
    """The partial evaluator of one criterion. ``pick``: takes its codes out of those of the edition."""

    def __init__(self, criterion: Criterion, edition: CompiledEdition) -> None:
        self.criterion = criterion
        self._edition = edition
        diagrams = edition.diagrams
        root = diagrams.combine(lambda value: SATISFIED if value else FAILED, edition.compile(criterion.when))
        # The first open point listed wins, hence the reverse.
        for number, gap in reversed(tuple(enumerate(criterion.verify))):
            root = diagrams.combine(
                lambda open_point, rest, number=number: number if open_point else rest,
                edition.compile(gap.when),
                root,
            )
        self.evaluator = PartialEvaluator(diagrams, root, lambda value: PENDING if value == MIXED else value)
        self._applies = None
        if criterion.applies is not None:
            self._applies = PartialEvaluator(diagrams, edition.compile(criterion.applies))
        names = facts_in(*_expressions(criterion))
        self.pick = edition.picker(names)

    def find(self, codes: Codes) -> Finding:
        """What the criterion says; ``codes`` are those of the edition."""
        value = self.evaluator.read(codes).value
        names = self._edition.facts
        if value == PENDING:
            # A fact the person does not know is as undecided as one not asked yet.
            open_codes = [self._absent(n) if code >= self._absent(n) - 1 else code for n, code in enumerate(codes)]
            facts = tuple(names[n] for n in self.evaluator.read(open_codes).open)
            return Finding(PENDING, facts, None, True)
        facts = tuple(names[n] for n in self._deciding(codes, value))
        if isinstance(value, int):
            return Finding(PENDING, facts, value, True)
        applies = True
        if value == SATISFIED and self._applies is not None:
            applies = self._applies.read(codes).value is not False
        return Finding(value, facts, None, applies)

    def _deciding(self, codes: Codes, value: Any) -> list[int]:
        """A smallest set of known facts that alone forces the value: drop each one that is not needed."""
        trial = list(codes)
        kept = []
        for variable in reversed(self.evaluator.variables):
            if codes[variable] >= self._absent(variable) - 1:
                continue
            trial[variable] = self._absent(variable)
            if self.evaluator.read(trial).value != value:
                trial[variable] = codes[variable]
                kept.append(variable)
        return sorted(kept)

    def _absent(self, variable: int) -> int:
        return self._edition.domains[variable].absent


def _expressions(criterion: Criterion) -> list[Expression]:
    extra = [criterion.applies] if criterion.applies is not None else []
    return [criterion.when, *(gap.when for gap in criterion.verify), *extra]


def _and(criterion: Any, rest: str) -> str:
    """The verdict (A, N, or V for an open point of the law) once one more criterion is counted."""
    if criterion == FAILED or rest == "N":
        return "N"
    if criterion != SATISFIED or rest == "V":
        return "V"
    return "A"


def _verdict_of(value: str) -> str:
    return {"A": ELIGIBLE, "N": NOT_ELIGIBLE}.get(value, TO_VERIFY)
