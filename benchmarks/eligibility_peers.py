"""Our rules translated into other engines, from the same parsed expressions, for people of whom all is known.

Each peer answers with ``{edition id: verdict}`` and, where it can, the outcome and sentence of each criterion.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from eligibility.compiled import ELIGIBLE, FAILED, NOT_ELIGIBLE, PENDING, SATISFIED, TO_VERIFY
from eligibility.expressions import All, AnyOf, Const, Expression, Not, Test
from eligibility.rules import Criterion, Edition

Translate = Callable[[Expression], Any]
_SIGNS = {"at_least": ">=", "at_most": "<=", "more_than": ">", "less_than": "<"}


def infix(expression: Expression, true: str, false: str, equal: str, quote: Callable[[Any], str]) -> str:
    """An expression in the common infix style, with ``and``, ``or``, ``not``."""

    def walk(part: Expression) -> str:
        match part:
            case Const(value):
                return true if value else false
            case Test(fact, "in", values):
                return "(" + " or ".join(f"{fact} {equal} {quote(v)}" for v in values) + ")"
            case Test(fact, op, value):
                return f"({fact} {_SIGNS[op]} {value})"
            case All(parts):
                return "(" + " and ".join(map(walk, parts)) + ")"
            case AnyOf(parts):
                return "(" + " or ".join(map(walk, parts)) + ")"
            case Not(inner):
                return f"(not {walk(inner)})"
        raise TypeError(part)

    return walk(expression)


def _quote(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"'{value}'" if isinstance(value, str) else str(value)


def outcome_of(criterion: Criterion, truth: Callable[[Expression], bool]) -> tuple[str, str]:
    """Outcome and sentence, given how a peer says whether an expression holds."""
    for gap in criterion.verify:
        if truth(gap.when):
            return PENDING, gap.text["cittadino"]
    outcome = SATISFIED if truth(criterion.when) else FAILED
    return outcome, criterion.text[outcome]["cittadino"]


def verdict_of(outcomes: Iterable[str]) -> str:
    """The verdict of known outcomes."""
    found = list(outcomes)
    if FAILED in found:
        return NOT_ELIGIBLE
    return TO_VERIFY if PENDING in found else ELIGIBLE


class Zen:
    """GoRules zen-engine: one decision of two expression nodes, criteria (outcome, text, sources) and verdicts."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        import zen

        criteria, verdicts = [], []
        self.names = {}
        for number, edition in enumerate(editions):
            keys = []
            for place, criterion in enumerate(edition.criteria):
                key = f"m{number}c{place}"
                keys.append(key)
                criteria.append({"id": key, "key": key, "value": self._criterion(criterion)})
            self.names[f"v{number}"] = edition.id
            failed = " or ".join(f"{key}.outcome == '{FAILED}'" for key in keys)
            pending = " or ".join(f"{key}.outcome == '{PENDING}'" for key in keys)
            value = f"({failed}) ? '{NOT_ELIGIBLE}' : ({pending}) ? '{TO_VERIFY}' : '{ELIGIBLE}'"
            verdicts.append({"id": f"v{number}", "key": f"v{number}", "value": value})
        graph = {
            "contentType": "application/vnd.gorules.decision",
            "nodes": [
                {"id": "in", "name": "in", "type": "inputNode"},
                {"id": "crit", "name": "crit", "type": "expressionNode", "content": {"expressions": criteria}},
                {
                    "id": "verd", "name": "verd", "type": "expressionNode",
                    "content": {"expressions": verdicts, "passThrough": True},
                },
                {"id": "out", "name": "out", "type": "outputNode"},
            ],
            "edges": [
                {"id": "1", "type": "edge", "sourceId": "in", "targetId": "crit"},
                {"id": "2", "type": "edge", "sourceId": "crit", "targetId": "verd"},
                {"id": "3", "type": "edge", "sourceId": "verd", "targetId": "out"},
            ],
        }  # fmt: skip
        self.decision = zen.ZenEngine().create_decision(json.dumps(graph))

    def _criterion(self, criterion: Criterion) -> str:
        def shown(outcome: str, text: str) -> str:
            sources = ", ".join(json.dumps(id_) for id_ in criterion.sources)
            return f"{{outcome: '{outcome}', text: {json.dumps(text, ensure_ascii=False)}, sources: [{sources}]}}"

        value = "{} ? {} : {}".format(
            infix(criterion.when, "true", "false", "==", _quote),
            shown(SATISFIED, criterion.text[SATISFIED]["cittadino"]),
            shown(FAILED, criterion.text[FAILED]["cittadino"]),
        )
        for gap in reversed(criterion.verify):
            when = infix(gap.when, "true", "false", "==", _quote)
            value = f"{when} ? {shown(PENDING, gap.text['cittadino'])} : ({value})"
        return value

    def explain(self, person: dict[str, Any]) -> dict[str, Any]:
        """Everything: criteria with outcome, text and sources, and verdicts."""
        return self.decision.evaluate(person)["result"]

    def verdicts(self, person: dict[str, Any]) -> dict[str, str]:
        result = self.explain(person)
        return {edition: result[key] for key, edition in self.names.items()}


class JsonLogic:
    """json-logic (the maintained json-logic-qubit)."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        from json_logic import jsonLogic

        self.run = jsonLogic
        self.editions = tuple(editions)
        self.rules = {
            id(e): self.translate(e)
            for ed in self.editions
            for c in ed.criteria
            for e in (c.when, *(g.when for g in c.verify))
        }

    def translate(self, expression: Expression) -> Any:
        match expression:
            case Const(value):
                return value
            case Test(fact, "in", values):
                return {"in": [{"var": fact}, list(values)]}
            case Test(fact, op, value):
                return {_SIGNS[op]: [{"var": fact}, value]}
            case All(parts):
                return {"and": [self.translate(part) for part in parts]}
            case AnyOf(parts):
                return {"or": [self.translate(part) for part in parts]}
            case Not(part):
                return {"!": [self.translate(part)]}
        raise TypeError(expression)

    def explain(self, person: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
        truth = lambda expression: bool(self.run(self.rules[id(expression)], person))  # noqa: E731
        return {ed.id: [outcome_of(c, truth) for c in ed.criteria] for ed in self.editions}

    def verdicts(self, person: dict[str, Any]) -> dict[str, str]:
        return {id_: verdict_of(o for o, _ in found) for id_, found in self.explain(person).items()}


class RuleEngine:
    """rule-engine (Spencer McIntyre's), compiled rules."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        import rule_engine

        self.editions = tuple(editions)
        self.rules = {
            id(e): rule_engine.Rule(infix(e, "true", "false", "==", _quote))
            for ed in self.editions for c in ed.criteria for e in (c.when, *(g.when for g in c.verify))
        }  # fmt: skip

    def explain(self, person: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
        truth = lambda expression: self.rules[id(expression)].matches(person)  # noqa: E731
        return {ed.id: [outcome_of(c, truth) for c in ed.criteria] for ed in self.editions}

    def verdicts(self, person: dict[str, Any]) -> dict[str, str]:
        return {id_: verdict_of(o for o, _ in found) for id_, found in self.explain(person).items()}


class OpenFisca:
    """OpenFisca-core: a variable for each fact, criterion and verdict, formulas vectorised with numpy."""

    PERIOD = "2026-03"

    def __init__(self, editions: Iterable[Edition], facts: dict[str, Any], used: Iterable[str]) -> None:
        from openfisca_core.entities import build_entity
        from openfisca_core.indexed_enums import Enum
        from openfisca_core.periods import MONTH
        from openfisca_core.taxbenefitsystems import TaxBenefitSystem
        from openfisca_core.variables import Variable

        person = build_entity(key="person", plural="persons", label="Person", is_person=True)
        self.system = TaxBenefitSystem([person])
        self.editions = tuple(editions)
        self.facts, self.enums = facts, {}
        common = {"entity": person, "definition_period": MONTH}
        for id_ in used:
            fact = facts[id_]
            kind: dict[str, Any] = {
                "bool": {"value_type": bool},
                "int": {"value_type": int},
                "number": {"value_type": float},
            }.get(fact.type, {})
            if fact.type == "enum":
                enum = self.enums[id_] = Enum(id_, {f"v_{value}": value for value in fact.values})
                kind = {"value_type": Enum, "possible_values": enum, "default_value": next(iter(enum))}
            self.system.add_variable(type(id_, (Variable,), {**common, **kind}))
        for number, edition in enumerate(self.editions):
            names = []
            for place, criterion in enumerate(edition.criteria):
                name = f"m{number}c{place}"
                names.append(name)
                formula = self._criterion(criterion)
                self.system.add_variable(type(name, (Variable,), {**common, "value_type": int, "formula": formula}))
            self.system.add_variable(
                type(f"v{number}", (Variable,), {**common, "value_type": int, "formula": _minimum(names)})
            )

    def _criterion(self, criterion: Criterion) -> Any:
        when, gaps = self._vector(criterion.when), [self._vector(gap.when) for gap in criterion.verify]

        # 0 failed, 1 open, 2 satisfied: the verdict is the least of its criteria.
        def formula(person: Any, period: Any) -> Any:
            result = when(person, period) * np.int32(2)
            for gap in gaps:
                result = np.where(gap(person, period), np.int32(1), result)
            return result

        return formula

    def _vector(self, expression: Expression) -> Any:
        enums = self.enums
        match expression:
            case Const(value):
                return lambda person, period: np.full(person.count, value)
            case Test(fact, "in", values) if fact in enums:
                items = [enums[fact][f"v_{value}"] for value in values]

                def member(person: Any, period: Any) -> Any:
                    column = person(fact, period)
                    found = column == items[0]
                    for item in items[1:]:
                        found = found + (column == item)
                    return found

                return member
            case Test(fact, "in", (True,)):
                return lambda person, period: person(fact, period)
            case Test(fact, "in", (False,)):
                return lambda person, period: np.logical_not(person(fact, period))
            case Test(fact, "in", values):
                return lambda person, period: np.isin(person(fact, period), values)
            case Test(fact, op, value):
                compare = {
                    "at_least": np.greater_equal,
                    "at_most": np.less_equal,
                    "more_than": np.greater,
                    "less_than": np.less,
                }[op]
                return lambda person, period: compare(person(fact, period), value)
            case All(parts):
                return _joined([self._vector(part) for part in parts], np.logical_and)
            case AnyOf(parts):
                return _joined([self._vector(part) for part in parts], np.logical_or)
            case Not(part):
                inner = self._vector(part)
                return lambda person, period: np.logical_not(inner(person, period))
        raise TypeError(expression)

    def simulation(self, columns: dict[str, np.ndarray]) -> Any:
        """A simulation over columns (enums as indices in ``Fact.values``)."""
        from openfisca_core.indexed_enums import EnumArray
        from openfisca_core.simulation_builder import SimulationBuilder

        simulation = SimulationBuilder().build_default_simulation(self.system, len(next(iter(columns.values()))))
        for id_, column in columns.items():
            if id_ in self.enums:
                column = EnumArray(column, self.enums[id_])
            simulation.set_input(id_, self.PERIOD, column)
        return simulation

    def verdict_codes(self, columns: dict[str, np.ndarray]) -> list[np.ndarray]:
        """For each edition 0 not eligible, 1 to verify, 2 eligible."""
        simulation = self.simulation(columns)
        return [simulation.calculate(f"v{number}", self.PERIOD) for number in range(len(self.editions))]


def _minimum(names: list[str]) -> Any:
    def formula(person: Any, period: Any) -> Any:
        least = person(names[0], period)
        for name in names[1:]:
            least = np.minimum(least, person(name, period))
        return least

    return formula


def _joined(parts: list[Any], operation: Any) -> Any:
    def formula(person: Any, period: Any) -> Any:
        result = parts[0](person, period)
        for part in parts[1:]:
            result = operation(result, part(person, period))
        return result

    return formula
