"""Classes of values, their codes, and their assumed shares."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eligibility.domains import Domain
from eligibility.expressions import Test, holds
from eligibility.facts import Fact, parse_catalogue
from eligibility.vectorized import encode_column
from tests.eligibility.support import fact


def made(type_: str, **more: object) -> Fact:
    return parse_catalogue({"schema": 1, "facts": {"f": fact(type_, **more)}})["f"]


def domain(fact_: Fact, *tests: tuple[str, object]) -> Domain:
    return Domain(fact_, [Test("f", op, value) for op, value in tests])


NUMBER = {"minimum": 0, "maximum": 10}
ORDERS = ["at_least", "at_most", "more_than", "less_than"]


@pytest.mark.parametrize(
    ("tests", "samples"),
    [
        ([], (0,)),
        ([("at_least", 3)], (0, 3)),
        ([("more_than", 3)], (0, 4)),
        ([("at_most", 3)], (0, 4)),
        ([("less_than", 3)], (0, 3)),
        ([("in", (3,))], (0, 3, 4)),
        ([("in", (0, 10))], (0, 1, 10)),
        ([("at_least", 3), ("more_than", 2), ("less_than", 3)], (0, 3)),
        ([("at_least", 0)], (0,)),
        ([("at_least", 10)], (0, 10)),
        ([("more_than", 10)], (0,)),
        ([("at_most", 10)], (0,)),
        ([("at_least", -5), ("at_least", 50)], (0,)),
    ],
)
def test_classes_of_whole_numbers(tests: list, samples: tuple) -> None:
    assert domain(made("int", **NUMBER), *tests).samples == samples


@pytest.mark.parametrize(
    ("tests", "samples"),
    [
        ([("at_least", 3)], (0, 3)),
        ([("more_than", 3)], (0, 6.5)),
        ([("at_most", 3)], (0, 6.5)),
        ([("in", (3,))], (0, 3, 6.5)),
        ([("at_least", 3), ("more_than", 3)], (0, 3, 6.5)),
        ([("more_than", 0)], (0, 5)),
        ([("at_least", 10)], (0, 10)),
        ([("more_than", 10)], (0,)),
        ([("at_least", 0)], (0,)),
        ([("more_than", 2), ("more_than", 4)], (0, 3, 7)),
    ],
)
def test_classes_of_numbers(tests: list, samples: tuple) -> None:
    assert domain(made("number", **NUMBER), *tests).samples == samples


@pytest.mark.parametrize("type_", ["int", "number"])
@pytest.mark.parametrize("op", [*ORDERS, "in"])
@pytest.mark.parametrize("limit", [0, 1, 5, 10])
def test_every_value_behaves_as_its_class(type_: str, op: str, limit: int) -> None:
    test = Test("f", op, (limit,) if op == "in" else limit)
    found = domain(made(type_, **NUMBER), (test.op, test.value), ("at_least", 5), ("more_than", 5))
    values = list(range(11)) if type_ == "int" else [n / 4 for n in range(41)] + [math.nextafter(5, 6)]
    truths = found.truths(test)
    for value in values:
        assert truths[found.code(value)] == holds(test, {"f": value})
    kind = np.int32 if type_ == "int" else np.float64
    assert list(encode_column(found, np.array(values, kind))) == [found.code(value) for value in values]


def test_numbers_that_do_not_start_at_zero() -> None:
    found = domain(made("int", minimum=-3, maximum=3), ("at_least", 0))
    assert [found.code(n) for n in range(-3, 4)] == [0, 0, 0, 1, 1, 1, 1]
    assert [found.encode(n) for n in (-3, 3, None, "2")] == [0, 1, 2, 1]
    for wrong in (-4, 4):
        with pytest.raises(ValueError, match="tra -3 e 3"):
            found.encode(wrong)


def test_codes_after_the_classes() -> None:
    found = domain(made("bool"), ("in", (True,)))
    assert (found.size, found.unknown, found.absent) == (2, 2, 3)
    assert [found.encode(value) for value in (False, True, None, "sì", "no")] == [0, 1, 2, 1, 0]
    assert found.samples == (False, True)
    assert domain(made("bool")).size == 1


def test_options_and_names() -> None:
    options = {"options": {"a": "Alfa", "b": "Beta"}, "other_options": {"c": "Gamma"}}
    found = domain(made("enum", **options), ("in", ("b",)))
    assert found.samples == ("a", "b") and [found.code(v) for v in "abc"] == [0, 1, 0]
    assert [found.encode(v) for v in ("b", "Gamma", None)] == [1, 0, 2]
    with pytest.raises(ValueError, match="sigla"):
        found.encode("d")
    town = domain(made("string", maximum=9), ("in", ("Lodi", "Como")), ("in", ("Como",)))
    assert [town.code(v) for v in ("Pavia", "Lodi", "Como")] == [0, 1, 2]
    assert town.encode(None) == 3


def test_only_tests_of_its_fact_count_and_each_once() -> None:
    found = Domain(made("int", **NUMBER), [Test("g", "at_least", 3), *[Test("f", "at_least", 4)] * 2])
    assert found.samples == (0, 4) and len(found.tests) == 1


@pytest.mark.parametrize(
    ("shape", "tests", "shares"),
    [
        (("bool", {"prior": 0.25}), [("in", (True,))], (0.75, 0.25)),
        (("bool", {}), [("in", (True,))], (0.5, 0.5)),
        (("bool", {"prior": 0.25}), [], (1,)),
        (("enum", {"options": {"a": "A", "b": "B", "c": "C"}, "prior": {"a": 1, "b": 3, "c": 4}}), [("in", ("a",))], (1 / 8, 7 / 8)),
        (("enum", {"options": {"a": "A", "b": "B"}}), [("in", ("a",))], (0.5, 0.5)),
        (("int", {**NUMBER, "prior": [[0, 60], [5, 40]]}), [("at_least", 5)], (0.6, 0.4)),
        (("int", {**NUMBER, "prior": [[0, 60], [5, 40]]}), [("at_least", 4)], (0.48, 0.52)),
        (("int", {**NUMBER, "prior": [[0, 60], [5, 40]]}), [("at_least", 2), ("at_least", 8)], (0.24, 0.6, 0.16)),
        (("int", {**NUMBER, "prior": [[0, 50], [10, 50]]}), [("at_least", 10)], (0.5, 0.5)),
        (("number", {**NUMBER, "prior": [[0, 1], [5, 3]]}), [("more_than", 5)], (0.25, 0.75)),
        (("int", NUMBER), [("at_least", 5)], (0.5, 0.5)),
        (("int", {**NUMBER, "prior": [[0, 0], [5, 0]]}), [("at_least", 5)], (0.5, 0.5)),
    ],
)  # fmt: skip
def test_shares(shape: tuple, tests: list, shares: tuple) -> None:
    type_, more = shape
    assert domain(made(type_, **more), *tests).prior() == pytest.approx(shares)


def test_what_the_prior_leaves_out_may_still_happen() -> None:
    options = {"options": {"a": "A", "b": "B"}, "prior": {"a": 1}}
    first, second = domain(made("enum", **options), ("in", ("a",))).prior()
    assert first > 0.99 and 0 < second < 0.01
    assert first + second == pytest.approx(1, abs=0.001)
