"""Conditions of a rule: a small language of facts joined by all, any and not.

This module is the plain reading of a condition when every fact is known (a date as the days since it). What happens when some are
not is the business of ``diagram`` and ``partial_evaluation``; the tests compare the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eligibility.errors import RuleError
from eligibility.facts import Fact

ORDERINGS = ("at_least", "at_most", "more_than", "less_than")
# A date is compared by the days gone since it on the reference date.
SINCE = {"days_since_at_least": "at_least", "days_since_at_most": "at_most"}


@dataclass(frozen=True, slots=True)
class Const:
    """Always true or always false."""

    value: bool


@dataclass(frozen=True, slots=True)
class Test:
    """A comparison of one fact: ``op`` is ``in`` (values in ``value``) or one of ORDERINGS."""

    __test__ = False  # not a test case, whatever the test runner thinks of the name

    fact: str
    op: str
    value: Any


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is true."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one part is true."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when its part is false."""

    part: Expression


Expression = Const | Test | All | AnyOf | Not


def parse(data: Any, facts: Mapping[str, Fact], where: str) -> Expression:
    """Read a condition. ``where`` names the place for messages. Raises RuleError."""
    if not isinstance(data, Mapping):
        raise RuleError(f"{where}: una condizione è un oggetto, ad esempio {{fact: ..., is: ...}}.")
    keys = set(data)
    if keys == {"const"}:
        if not isinstance(data["const"], bool):
            raise RuleError(f"{where}: «const» deve essere true o false.")
        return Const(data["const"])
    if keys == {"all"} or keys == {"any"}:
        name = next(iter(keys))
        parts = data[name]
        if not isinstance(parts, list) or not parts:
            raise RuleError(f"{where}: «{name}» vuole un elenco con almeno una condizione.")
        parsed = tuple(parse(part, facts, f"{where}.{name}[{n}]") for n, part in enumerate(parts))
        return All(parsed) if name == "all" else AnyOf(parsed)
    if keys == {"not"}:
        return Not(parse(data["not"], facts, f"{where}.not"))
    if "fact" in keys and len(keys) == 2:
        return _parse_test(data, facts, where)
    raise RuleError(
        f"{where}: non capisco la condizione con le chiavi {', '.join(sorted(map(str, keys)))}. "
        f"Si usano: all, any, not, oppure fact con is, in, {', '.join(ORDERINGS)}."
    )


def _parse_test(data: Mapping[str, Any], facts: Mapping[str, Fact], where: str) -> Test:
    id_ = data["fact"]
    fact = facts.get(id_)
    if fact is None:
        raise RuleError(f"{where}: il fatto «{id_}» non è in facts.yaml.")
    (op,) = set(data) - {"fact"}
    value = data[op]
    if op == "is" and fact.type != "date":
        return Test(id_, "in", (_literal(fact, value, where),))
    if op == "in" and fact.type != "date":
        if not isinstance(value, list) or not value:
            raise RuleError(f"{where}: «in» vuole un elenco di valori.")
        values = tuple(_literal(fact, item, where) for item in value)
        if len(set(values)) != len(values):
            raise RuleError(f"{where}: un valore è ripetuto.")
        return Test(id_, "in", values)
    if op in SINCE:
        if fact.type != "date" or not isinstance(value, int) or isinstance(value, bool):
            raise RuleError(f"{where}: «{op}» vuole un numero di giorni, e si usa solo con le date.")
        return Test(id_, SINCE[op], value)
    if fact.type == "date":
        raise RuleError(f"{where}: una data si confronta solo con {', '.join(SINCE)}.")
    if op in ORDERINGS:
        if fact.type not in ("int", "number"):
            raise RuleError(f"{where}: «{op}» si usa solo con i numeri, e «{id_}» non lo è.")
        return Test(id_, op, _literal(fact, value, where))
    raise RuleError(f"{where}: «{op}» non è un confronto. Si usano: is, in, {', '.join(ORDERINGS)}.")


def _literal(fact: Fact, value: Any, where: str) -> Any:
    # Rule files are strict where people are not: a quoted number or a "sì" in a rule is a slip.
    kinds: dict[str, Any] = {"bool": bool, "enum": str, "string": str, "int": int, "number": (int, float)}
    if not isinstance(value, kinds[fact.type]) or (fact.type in ("int", "number") and isinstance(value, bool)):
        raise RuleError(f"{where}: il valore di «{fact.id}» è di tipo sbagliato (serve {fact.type}).")
    if fact.type == "enum" and value not in fact.options and value not in fact.other_options:
        raise RuleError(f"{where}: «{value}» non è un valore di «{fact.id}».")
    return value


def holds(expression: Expression, values: Mapping[str, Any]) -> bool:
    """Is the condition true? ``values`` must hold a known value for each fact it names (KeyError otherwise)."""
    match expression:
        case Test(fact, op, limit):
            value = values[fact]
            if op == "in":
                return value in limit
            if op == "at_least":
                return value >= limit
            if op == "at_most":
                return value <= limit
            if op == "more_than":
                return value > limit
            return value < limit
        case All(parts):
            return all(holds(part, values) for part in parts)
        case AnyOf(parts):
            return any(holds(part, values) for part in parts)
        case Not(part):
            return not holds(part, values)
        case Const(value):
            return value
    raise TypeError(f"not an expression: {expression!r}")


def tests_in(expression: Expression) -> Iterator[Test]:
    """Every comparison in the condition, in the order it is written."""
    match expression:
        case Test():
            yield expression
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from tests_in(part)
        case Not(part):
            yield from tests_in(part)


def facts_in(*expressions: Expression) -> tuple[str, ...]:
    """The facts named, each once, in the order they are written."""
    return tuple(dict.fromkeys(test.fact for expression in expressions for test in tests_in(expression)))
