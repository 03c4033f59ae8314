"""Do the scenarios notice when a rule is wrong? Each rule is spoilt in every small way, one at a time.

    python -m benchmarks.eligibility_rule_mutants

A mutant is killed when some scenario of tests/eligibility/scenarios fails on it. Mutants that mean the same as
the original (the diagrams are equal) are left out. Prints the score and every survivor; exit code 1 under 95%.
"""

from __future__ import annotations

import argparse
import copy
import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eligibility.domains import Domain
from eligibility.errors import RuleError
from eligibility.expressions import tests_in
from eligibility.ruleset import HOME, Ruleset, load, parse_ruleset
from eligibility.scenarios import Scenario, load_scenarios

SCENARIOS = Path(__file__).parents[1] / "tests" / "eligibility" / "scenarios"
_OTHER_ORDER = {"at_least": "more_than", "more_than": "at_least", "at_most": "less_than", "less_than": "at_most"}


def condition_mutants(node: dict[str, Any], facts: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every way to spoil a condition in one point: (what was done, spoilt condition)."""
    if "all" in node or "any" in node:
        name = "all" if "all" in node else "any"
        other = "any" if name == "all" else "all"
        parts = node[name]
        yield f"{name} -> {other}", {other: parts}
        for n, part in enumerate(parts):
            if len(parts) > 1:
                yield f"without part {n}", {name: parts[:n] + parts[n + 1 :]}
            for what, spoilt in condition_mutants(part, facts):
                yield what, {name: [*parts[:n], spoilt, *parts[n + 1 :]]}
        return
    if "not" in node:
        yield "without not", node["not"]
        for what, spoilt in condition_mutants(node["not"], facts):
            yield what, {"not": spoilt}
        return
    yield f"not {node}", {"not": node}
    fact = facts[node["fact"]] if "fact" in node else None
    for op, value in node.items():
        if op in _OTHER_ORDER:
            yield f"{node} {_OTHER_ORDER[op]}", {"fact": node["fact"], _OTHER_ORDER[op]: value}
            for change in (1, -1):
                yield f"{node} {change:+d}", {**node, op: value + change}
        elif op == "in":
            for item in value:
                if len(value) > 1:
                    yield f"{node['fact']} without {item}", {**node, "in": [v for v in value if v != item]}
            for item in fact.options:
                if item not in value:
                    yield f"{node['fact']} with {item}", {**node, "in": [*value, item]}
        elif op == "is" and fact is not None and fact.type == "enum":
            for item in fact.options:
                if item != value:
                    yield f"{node['fact']} also {item}", {"fact": node["fact"], "in": [value, item]}


def edition_mutants(data: dict[str, Any], facts: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every spoilt copy of a rule file."""

    def spoilt(change: Any) -> dict[str, Any]:
        result = copy.deepcopy(data)
        change(result)
        return result

    for n, criterion in enumerate(data["criteria"]):
        for what, when in condition_mutants(criterion["when"], facts):
            yield f"{criterion['id']}: {what}", spoilt(lambda d, n=n, when=when: d["criteria"][n].update(when=when))
        if len(data["criteria"]) > 1:
            yield f"without {criterion['id']}", spoilt(lambda d, n=n: d["criteria"].pop(n))
        for g, gap in enumerate(criterion.get("verify") or ()):
            yield (
                f"{criterion['id']}: without open point {gap['gap']}",
                spoilt(lambda d, n=n, g=g: d["criteria"][n]["verify"].pop(g)),
            )
            for what, when in condition_mutants(gap["when"], facts):
                yield (
                    f"{criterion['id']}: open point {gap['gap']}: {what}",
                    spoilt(lambda d, n=n, g=g, when=when: d["criteria"][n]["verify"][g].update(when=when)),
                )
    for edge in ("from", "to"):
        if isinstance(data["window"].get(edge), dt.date):
            for days in (-1, 1):
                moved = data["window"][edge] + dt.timedelta(days=days)
                yield (
                    f"window {edge} {days:+d} day",
                    spoilt(lambda d, edge=edge, moved=moved: d["window"].update({edge: moved})),
                )
    for u, uncertain in enumerate(data["window"].get("uncertain") or ()):
        yield f"without uncertain days {u}", spoilt(lambda d, u=u: d["window"]["uncertain"].pop(u))
        for edge in ("from", "to"):
            if isinstance(uncertain.get(edge), dt.date):
                for days in (-1, 1):
                    moved = uncertain[edge] + dt.timedelta(days=days)
                    yield (
                        f"uncertain {u} {edge} {days:+d} day",
                        spoilt(
                            lambda d, u=u, edge=edge, moved=moved: d["window"]["uncertain"][u].update({edge: moved})
                        ),
                    )


def same_meaning(one: Ruleset, other: Ruleset, id_: str) -> bool:
    """Do the two say the same of everybody on every day? Exact: all combinations of classes are compared."""
    first, second = (next(e for e in rules.editions if e.id == id_) for rules in (one, other))
    # Days outside the outer window cannot be uncertain: an uncertain edge may move there without effect.
    if first.window != second.window or [c.id for c in first.criteria] != [c.id for c in second.criteria]:
        return False
    days = {d for e in (first, second) for u in e.uncertain for d in (u.days.start, u.days.end) if d}
    near = {d + dt.timedelta(days=n) for d in days for n in (-1, 0, 1)}
    if any(first.status(day) != second.status(day) for day in near):
        return False
    from eligibility.compiled import CompiledEdition

    tests = [
        test
        for edition in (first, second)
        for c in edition.criteria
        for expression in (c.when, *(gap.when for gap in c.verify))
        for test in tests_in(expression)
    ]
    facts = {test.fact: one.facts[test.fact] for test in tests}
    domains = {name: Domain(fact, tests) for name, fact in facts.items()}
    # One order of variables and one store for both, so that equal functions are equal nodes.
    compiled = CompiledEdition(first, {**one.domains, **domains}, one.positions)
    names = set(compiled.facts)
    if not {t.fact for t in tests} <= names:
        return False
    from eligibility.compiled import CompiledCriterion

    again = [CompiledCriterion(criterion, compiled) for criterion in second.criteria]
    return [c.evaluator.root for c in compiled.criteria] == [c.evaluator.root for c in again]


def killed(mutant: Ruleset, scenarios: list[Scenario]) -> bool:
    """Does some scenario notice?"""
    return any(scenario.failures(mutant) for scenario in scenarios)


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    import yaml

    rules = load()
    scenarios = load_scenarios(SCENARIOS)
    files = {p.relative_to(HOME).as_posix(): p.read_text(encoding="utf-8") for p in sorted(HOME.rglob("*.yaml"))}
    total = dead = same = 0
    for edition in rules.editions:
        name = f"measures/{edition.measure}/{edition.edition}.yaml"
        mine = [s for s in scenarios if s.measure == edition.measure]
        base = {
            n: t
            for n, t in files.items()
            if n in ("facts.yaml", "sources.yaml") or n.startswith(f"measures/{edition.measure}/")
        }
        loader = yaml.CSafeLoader
        count = alive = 0
        for what, spoilt in edition_mutants(yaml.load(files[name], Loader=loader), rules.facts):
            try:
                mutant = parse_ruleset({**base, name: yaml.dump(spoilt, Dumper=yaml.CSafeDumper, allow_unicode=True)})
            except RuleError:
                continue  # not a rule any more (an overlap, an empty list): the loader is the test
            if same_meaning(rules, mutant, edition.id):
                same += 1
                continue
            count += 1
            if not killed(mutant, mine):
                alive += 1
                print(f"  survived  {edition.id}: {what}")
        total, dead = total + count, dead + count - alive
        print(f"{edition.id:45} {count - alive}/{count} killed by {len(mine)} scenarios")
    score = 100 * dead / total
    print(f"rules: {dead}/{total} mutants killed, {score:.1f}% ({same} more mean the same as the original)")
    return 0 if score >= 95 else 1


if __name__ == "__main__":
    sys.exit(main())
