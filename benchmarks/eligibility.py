"""Our engine beside its peers, in one run, on the same rules and people.

    python -m benchmarks.eligibility [--people 2000] [--crowd 1000000]

First agreement (every verdict of every edition, for people of whom everything is known, the only ones the
peers can judge), then one person with the full explanation, then a crowd. Times are the best of several
rounds. Needs the ``bench`` dependency group.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import eligibility
from benchmarks.eligibility_peers import JsonLogic, OpenFisca, RuleEngine, Zen
from benchmarks.eligibility_population import people
from eligibility import assessment
from eligibility.vectorized import VERDICTS, Crowd

ON = dt.date(2026, 3, 2)


def best(action: Callable[[], Any], rounds: int = 5) -> float:
    """Seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def each(action: Callable[[Any], Any], persons: list[Any]) -> None:
    """Do it for everybody, keeping nothing."""
    for person in persons:
        action(person)


def random_people(count: int, seed: int) -> list[dict[str, Any]]:
    """People with any value of any fact: half near the thresholds, so that both sides are met."""
    rules = eligibility.load()
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        person = {}
        for id_, fact in rules.facts.items():
            domain = rules.domains[id_]
            if fact.type in ("int", "number") and rng.random() < 0.5 and domain.bounds():
                edge = rng.choice(domain.bounds()) + rng.choice((-1, 0, 1))
                person[id_] = min(max(int(edge), int(fact.minimum)), int(fact.maximum))
            elif fact.type == "int":
                person[id_] = rng.randint(int(fact.minimum), int(fact.maximum))
            elif fact.type == "number":
                person[id_] = round(rng.uniform(0, 12), 1)
            elif fact.type == "enum":
                person[id_] = rng.choice(fact.values[:12])
            elif fact.type == "bool":
                person[id_] = rng.random() < 0.5
        found.append(person)
    return found


def columns_of(persons: list[dict[str, Any]], used: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The same people as numpy columns."""
    facts = eligibility.load().facts
    columns = {}
    for id_ in used:
        values = [person[id_] for person in persons]
        if facts[id_].type == "enum":
            place = {value: n for n, value in enumerate(facts[id_].values)}
            columns[id_] = np.array([place[value] for value in values], np.uint8)
        else:
            kind = {"bool": np.bool_, "int": np.int32, "number": np.float32}[facts[id_].type]
            columns[id_] = np.array(values, kind)
    return columns


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--crowd", type=int, default=1_000_000)
    options = parser.parse_args()
    rules = eligibility.load()
    editions = rules.editions
    compiled = [rules.compiled(edition) for edition in editions]
    crowd = Crowd(rules, compiled)
    used = tuple(
        id_ for id_ in rules.facts if any(id_ in c.facts for c in compiled) and rules.facts[id_].type != "string"
    )
    criteria = sum(len(edition.criteria) for edition in editions)
    print(f"{len(editions)} editions, {criteria} criteria, {len(used)} facts, ruleset {rules.version}")

    persons = random_people(options.people, seed=3) + people(options.people, seed=4)
    persons = [{id_: person[id_] for id_ in used} for person in persons]
    peers = {"zen-engine": Zen(editions), "json-logic-qubit": JsonLogic(editions), "rule-engine": RuleEngine(editions)}
    fisca = OpenFisca(editions, rules.facts, used)

    views = [assessment.view(rules, e.measure, ON, "cittadino", e.edition) for e in editions]

    def ours(person: dict[str, Any]) -> list[assessment.Assessment]:
        codes = rules.encode(person)
        return [view.assess(codes) for view in views]

    print("\nAgreement on", len(persons), "people, every edition")
    expected = [{f"{a.measure}/{a.edition}": a.verdict for a in ours(person)} for person in persons]
    for name, peer in peers.items():
        same = sum(peer.verdicts(person) == found for person, found in zip(persons, expected, strict=True))
        print(f"  {name:18} {100 * same / len(persons):.2f}%")
    codes = fisca.verdict_codes(columns_of(persons, used))
    same = sum(
        all(VERDICTS[codes[n][row]] == found[edition.id] for n, edition in enumerate(editions))
        for row, found in enumerate(expected)
    )
    print(f"  {'openfisca-core':18} {100 * same / len(persons):.2f}%")

    print("\nOne person, every edition, with outcome, sentence and sources of every criterion (microseconds)")

    def forget() -> None:
        """As if nobody had been judged before: new evaluators, nothing remembered but the rules."""
        rules._compiled.clear()
        assessment._views.clear()
        views[:] = [assessment.view(rules, e.measure, ON, "cittadino", e.edition) for e in editions]
        ours(persons[0])  # building the evaluators is start-up, not judging

    count = len(persons)
    few = persons[: min(300, count)]
    single = columns_of(persons[:1], used)
    tasks: dict[str, tuple[Callable[[], float], int]] = {
        "ours, everybody new": (lambda: _cold(forget, lambda: each(ours, persons)), count),
        "ours, people like others before": (lambda: best(lambda: each(ours, persons), 1), count),
        "ours, criteria as plain data": (
            lambda: best(lambda: each(lambda p: [[c.to_dict() for c in a.criteria] for a in ours(p)], few), 1),
            len(few),
        ),
        "ours, with services and all, as JSON": (
            lambda: best(lambda: each(lambda p: [a.to_dict() for a in ours(p)], few), 1), len(few),
        ),
        **{
            name: (lambda peer=peer: best(lambda: each(peer.explain, few), 1), len(few))
            for name, peer in peers.items()
        },
        "openfisca-core (no sentences)": (lambda: best(lambda: fisca.verdict_codes(single), 5), 1),
    }  # fmt: skip
    rows = dict.fromkeys(tasks, float("inf"))
    # Turn by turn, so that a busy moment of the machine does not fall on one engine only.
    for _ in range(5):
        for name, (task, number) in tasks.items():
            rows[name] = min(rows[name], task() / number * 1e6)
    cold, warm = rows["ours, everybody new"], rows["ours, people like others before"]
    for name, value in rows.items():
        print(f"  {name:34} {value:10.1f}   {value / cold:8.1f} x ours new   {value / warm:8.1f} x ours")

    print(f"\nA crowd of {options.crowd:,}, every edition, from columns of facts to verdicts (seconds)")
    rng = np.random.default_rng(5)
    draw = rng.integers(0, len(persons), options.crowd)
    columns = {id_: column[draw] for id_, column in columns_of(persons, used).items()}
    mine = best(lambda: crowd.verdicts(crowd.encode(columns)))
    theirs = best(lambda: fisca.verdict_codes(columns), 3)
    prepared = min(_calculated(fisca, columns) for _ in range(3))
    print(f"  ours                               {mine:8.3f}   {options.crowd / mine / 1e6:6.1f} M people/s")
    print(f"  openfisca-core, inputs included    {theirs:8.3f}   {theirs / mine:6.1f} x ours")
    print(f"  openfisca-core, calculation alone  {prepared:8.3f}   {prepared / mine:6.1f} x ours")
    some = {id_: codes_.copy() for id_, codes_ in crowd.encode(columns).items()}
    for id_, codes_ in some.items():
        codes_[rng.random(options.crowd) < 0.4] = rules.domains[id_].absent
    partial = best(lambda: crowd.verdicts(some))
    print(f"  ours, 40% of the facts unknown     {partial:8.3f}   (three-valued, exact; no peer can)")


def _cold(forget: Callable[[], None], action: Callable[[], Any]) -> float:
    forget()
    return best(action, 1)


def _calculated(fisca: OpenFisca, columns: dict[str, np.ndarray]) -> float:
    """Seconds of the formulas only, the inputs being already in the simulation."""
    simulation = fisca.simulation(columns)
    start = time.perf_counter()
    for number in range(len(fisca.editions)):
        simulation.calculate(f"v{number}", fisca.PERIOD)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
