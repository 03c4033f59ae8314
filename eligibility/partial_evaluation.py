"""Reading a person fact by fact: a finite automaton built as it is used.

The state is the function that is left (a node of the diagram) after some of the facts were read. A known
fact restricts it, a fact the person does not know is forgotten, a fact not asked yet is kept. What is left
at the end says everything: a leaf is a settled answer, and the variables still in the diagram are exactly
the facts whose answer could still change it. Steps are remembered, so that people alike cost one lookup
for each fact, and a million of them can walk through the same table with numpy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from eligibility.diagram import LEAF, MIXED, Diagrams

_MAX_STEPS = 400_000  # steps remembered before the memory starts afresh


class Reading(NamedTuple):
    """What a function says at the end.

    ``value``: the settled value, or MIXED. ``open``: variables that can still change it, ascending.
    """

    value: Any
    open: tuple[int, ...]


class PartialEvaluator:
    """One function of the facts, ready to be read.

    ``settle``: maps the value of a leaf (MIXED included) to the value reported; values reported alike are
    not worth a question to tell apart.
    """

    def __init__(self, diagrams: Diagrams, root: int, settle: Callable[[Any], Any] = lambda value: value) -> None:
        self.diagrams = diagrams
        self.root = root
        self.settle = settle
        self.variables = tuple(sorted(diagrams.support(root)))
        self._steps: dict[tuple[int, int, int], int] = {}
        self._readings: dict[int, Reading] = {}

    def step(self, state: int, variable: int, code: int) -> int:
        """The state after reading one fact; ``code`` is a class, ``size`` (unknown) or ``size + 1`` (absent)."""
        key = (state, variable, code)
        after = self._steps.get(key)
        if after is None:
            size = self.diagrams.sizes[variable]
            if code < size:
                after = self.diagrams.restrict(state, variable, code)
            elif code == size:
                after = self.diagrams.forget(state, variable)
            else:
                after = state
            if len(self._steps) >= _MAX_STEPS:
                self._steps.clear()
            self._steps[key] = after
        return after

    def state(self, codes: Sequence[int]) -> int:
        """The state after reading all the facts; ``codes`` has one code for each variable of the store."""
        variable_of, children, sizes = self.diagrams.variable, self.diagrams.children, self.diagrams.sizes
        state = self.root
        # As long as the facts met are known, the diagram itself is the way down.
        while (variable := variable_of[state]) != LEAF:
            code = codes[variable]
            if code >= sizes[variable]:
                break
            state = children[state][code]
        else:
            return state
        for later in self.variables:
            if later >= variable:
                state = self.step(state, later, codes[later])
        return state

    def read(self, codes: Sequence[int]) -> Reading:
        """What the function says of a person."""
        return self.reading(self.state(codes))

    def reading(self, state: int) -> Reading:
        """What a final state says."""
        reading = self._readings.get(state)
        if reading is None:
            node = self.settled(state)
            if self.diagrams.is_leaf(node):
                reading = Reading(self.diagrams.value[node], ())
            else:
                reading = Reading(self.settle(MIXED), tuple(sorted(self.diagrams.support(node))))
            self._readings[state] = reading
        return reading

    def settled(self, state: int) -> int:
        """The same function with the values that are reported alike made one."""
        return self.diagrams.combine(self.settle, state)
