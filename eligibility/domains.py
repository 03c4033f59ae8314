"""The values of a fact that no rule can tell apart form one class; the engine works on classes.

A percentage that the rules compare only with 46 and 70 has three classes: below 46, 46 to 69, 70 and
more. Two more codes follow those of the classes: UNKNOWN (the person does not know) and ABSENT (not
asked yet).
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from eligibility.expressions import Test, holds
from eligibility.facts import Fact, days_since

NUMERIC = ("int", "number", "date")  # a date counts as whole days since it

# A boundary is (value, side): side 0 cuts just below the value, side 1 just above it.
Boundary = tuple[float, int]


class Domain:
    """The classes of one fact under a set of comparisons.

    ``samples``: one value for each class, in order. ``size``: how many classes there are.
    ``unknown`` and ``absent``: the codes after the last class.
    """

    def __init__(self, fact: Fact, tests: Iterable[Test]) -> None:
        self.fact = fact
        self.tests = tuple(dict.fromkeys(test for test in tests if test.fact == fact.id))
        self._cuts: list[Boundary] = []
        self._codes: dict[Any, int] = {}
        if fact.type in NUMERIC:
            self.samples = self._split_numbers()
        else:
            self.samples = self._split_values()
        self.size = len(self.samples)
        self.unknown = self.size
        self.absent = self.size + 1
        self.code = self._coder()
        self.encode = self._encoder()

    def _split_values(self) -> tuple[Any, ...]:
        if self.fact.type == "bool":
            values: list[Any] = [False, True]
        elif self.fact.type == "enum":
            values = list(self.fact.values)
        else:
            # A string no rule names stands for all the others.
            values = ["\0", *dict.fromkeys(v for test in self.tests for v in test.value)]
        by_signature: dict[tuple[bool, ...], int] = {}
        samples: list[Any] = []
        for value in values:
            signature = self._signature(value)
            if signature not in by_signature:
                by_signature[signature] = len(samples)
                samples.append(value)
            self._codes[value] = by_signature[signature]
        return tuple(samples)

    def _split_numbers(self) -> tuple[Any, ...]:
        integer = self.fact.type != "number"
        low, high = self.fact.limits
        cuts = sorted({cut for test in self.tests for cut in _cuts(test, integer)})
        self._cuts = [cut for cut in cuts if (low, 0) < cut <= (high, 0)]
        edges: list[Boundary] = [(low, 0), *self._cuts, (high, 1)]
        return tuple(_between(left, right, integer) for left, right in pairwise(edges))

    def _signature(self, value: Any) -> tuple[bool, ...]:
        return tuple(holds(test, {self.fact.id: value}) for test in self.tests)

    def _coder(self) -> Callable[[Any], int]:
        """The fastest way from a coerced, known value to its class."""
        if self.fact.type == "int":
            low, high = map(int, self.fact.limits)
            table = [self._class_of_number(n) for n in range(low, high + 1)]
            return table.__getitem__ if low == 0 else lambda value: table[value - low]
        if self.fact.type in ("number", "date"):
            return self._class_of_number
        if self.fact.type == "string":
            other = self._codes["\0"]
            return lambda value: self._codes.get(value, other)
        return self._codes.__getitem__

    def _encoder(self) -> Callable[[Any], int]:
        """From a value as it is given (None: unknown) to its code; raises ValueError as ``Fact.coerce`` does.

        Values already of the right type take a short way; all the others are coerced first.
        """
        code, coerce, unknown = self.code, self.fact.coerce, self.unknown
        if self.fact.type == "date":
            # The class of a date depends on the day: ``Ruleset.encode`` turns it into days first.
            return lambda value: unknown if value is None else code(value)

        def slowly(value: Any) -> int:
            return unknown if value is None else code(coerce(value))

        if self.fact.type == "bool":
            yes, no = code(True), code(False)
            return lambda value: yes if value is True else no if value is False else slowly(value)
        if self.fact.type == "enum":
            known = self._codes

            def encode_option(value: Any) -> int:
                return known[value] if type(value) is str and value in known else slowly(value)

            return encode_option
        if self.fact.type == "int":
            low, high = map(int, self.fact.limits)

            def encode_whole(value: Any) -> int:
                return code(value) if type(value) is int and low <= value <= high else slowly(value)

            return encode_whole
        return slowly

    def class_on(self, value: Any, on: dt.date) -> int:
        """The class of a coerced, known value on the reference date, which only a date depends on."""
        return self.code(days_since(value, on) if self.fact.type == "date" else value)

    def _class_of_number(self, value: float) -> int:
        return bisect_right(self._cuts, (value, 0.5))

    def truths(self, test: Test) -> tuple[bool, ...]:
        """For each class, whether the comparison holds in it."""
        return tuple(holds(test, {self.fact.id: sample}) for sample in self.samples)

    def bounds(self) -> list[float]:
        """The cuts of a number as plain limits: class n begins at the n-th of them (for batch work).

        A cut just above a value becomes the next representable number.
        """
        return [math.nextafter(value, math.inf) if side else value for value, side in self._cuts]

    def prior(self) -> tuple[float, ...]:
        """The assumed share of each class, from the fact's ``prior``; even shares when it has none."""
        weights = [0.0] * self.size
        prior = self.fact.prior
        if self.fact.type == "bool" and isinstance(prior, int | float):
            weights[self._codes[True]] += prior
            weights[self._codes[False]] += 1 - prior
        elif self.fact.type == "enum" and isinstance(prior, dict):
            for value, weight in prior.items():
                weights[self._codes[value]] += weight
        elif self.fact.type in NUMERIC and isinstance(prior, list):
            for (start, weight), (end, _) in pairwise([*prior, [self.fact.limits[1], 0]]):
                self._spread(weights, start, end, weight)
        total = sum(weights)
        if total <= 0:
            return (1 / self.size,) * self.size
        # A class the prior leaves empty may still happen: it keeps a trace of weight.
        floor = 0.002
        return tuple(max(weight / total, floor) / (1 + floor * weights.count(0)) for weight in weights)

    def _spread(self, weights: list[float], start: float, end: float, weight: float) -> None:
        """Share the weight of [start, end) among the classes, by the length of the overlap."""
        edges = [start, *(v for v in self.bounds() if start < v < end), end]
        for left, right in pairwise(edges):
            share = (right - left) / (end - start) if end > start else 1.0
            weights[self._class_of_number(left)] += weight * share


def _cuts(test: Test, integer: bool) -> list[Boundary]:
    if test.op == "in":
        return [cut for value in test.value for cut in ((value, 0), (value + 1, 0) if integer else (value, 1))]
    above = test.op in ("more_than", "at_most")
    if integer and above:
        return [(test.value + 1, 0)]
    return [(test.value, 1 if above else 0)]


def _between(left: Boundary, right: Boundary, integer: bool) -> float:
    """A value inside the class: its first one, or for an open start the middle."""
    value, side = left
    if side == 0 or integer:
        return value
    return (value + right[0]) / 2
