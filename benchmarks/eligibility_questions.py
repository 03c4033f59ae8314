"""How many questions until every verdict is settled: the engine against fixed orders.

    python -m benchmarks.eligibility_questions [--people 2000]

(a) asking everything; (b) the best fixed order we can find by local search on other people, which stops as
soon as every verdict is settled; (c) the same order also skipping questions that no longer matter, which is
already half of our engine. (d) and (e) are as (b) and (c) without the duty to ask about place and work before
health: what that courtesy costs. The measures are the six of a conversation.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import eligibility
from benchmarks.eligibility_population import people
from eligibility.questions import choose_fact

ON = dt.date(2026, 3, 2)


class Talk:
    """Conversations with people whose answers are known."""

    def __init__(self, measures: Sequence[str]) -> None:
        self.rules = eligibility.load()
        self.editions = [self.rules.compiled(self.rules.edition(measure, ON)) for measure in measures]
        self.facts = sorted(
            {c.facts[v] for c in self.editions for v in c.verdict.variables}, key=self.rules.positions.__getitem__
        )

    def codes(self, person: dict[str, Any]) -> list[int]:
        return self.rules.encode({id_: person[id_] for id_ in self.facts})

    def nobody(self) -> list[int]:
        return self.rules.encode({})

    def open_facts(self, codes: Sequence[int]) -> set[str]:
        return {c.facts[v] for c in self.editions for v in c.verdict.read(c.pick(codes)).open}

    def by_engine(self, answers: list[int]) -> list[str]:
        """The facts the engine asks of one person, in order."""
        codes, asked = self.nobody(), []
        while (fact := choose_fact(self.rules, codes, self.editions)) is not None:
            codes[self.rules.positions[fact]] = answers[self.rules.positions[fact]]
            asked.append(fact)
        return asked

    def by_order(self, order: Sequence[str], answers: list[int], skip: bool) -> int:
        """How many questions a fixed order asks."""
        codes, asked = self.nobody(), 0
        left = self.open_facts(codes)
        for fact in order:
            if not left:
                break
            if skip and fact not in left:
                continue
            codes[self.rules.positions[fact]] = answers[self.rules.positions[fact]]
            asked += 1
            left = self.open_facts(codes)
        return asked


def best_order(talk: Talk, sample: list[list[int]], skip: bool, spoken: bool, rounds: int = 6) -> list[str]:
    """Local search: move one fact at a time to the place that costs least, until nothing helps.

    ``spoken``: only orders in which place and work come before health, as the engine must do.
    """
    rng = random.Random(7)
    step = {id_: talk.rules.facts[id_].step if spoken else 0 for id_ in talk.facts}
    order = sorted(talk.facts, key=lambda id_: step[id_])
    best = sum(talk.by_order(order, answers, skip) for answers in sample)
    for _ in range(rounds):
        improved = False
        for fact in rng.sample(order, len(order)):
            rest = [id_ for id_ in order if id_ != fact]
            for place in range(len(order)):
                trial = [*rest[:place], fact, *rest[place:]]
                if [step[id_] for id_ in trial] != sorted(step.values()):
                    continue
                cost = sum(talk.by_order(trial, answers, skip) for answers in sample)
                if cost < best:
                    best, order, improved = cost, trial, True
        if not improved:
            break
    return order


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--people", type=int, default=2000)
    arguments.add_argument("--search", type=int, default=150, help="people used to search for the fixed orders")
    options = arguments.parse_args()
    talk = Talk(eligibility.CONVERSATION_MEASURES)
    crowd = [talk.codes(person) for person in people(options.people, seed=11)]
    sample = [talk.codes(person) for person in people(options.search, seed=12)]
    asked = [talk.by_engine(answers) for answers in crowd]
    engine = sum(map(len, asked)) / len(asked)
    print(f"people {len(crowd)}, facts that may matter {len(talk.facts)}, longest talk {max(map(len, asked))}")
    print(f"engine                                         {engine:6.2f} questions on average")
    print(
        f"(a) asking everything                          {len(talk.facts):6.2f}   engine/this = {engine / len(talk.facts):.2f}"
    )
    for label, skip, spoken in (
        ("(b) best fixed order, place and work first", False, True),
        ("(c) the same, skipping what no longer matters", True, True),
        ("(d) best fixed order, health at any point", False, False),
        ("(e) the same, skipping what no longer matters", True, False),
    ):
        order = best_order(talk, sample, skip, spoken)
        mean = sum(talk.by_order(order, answers, skip) for answers in crowd) / len(crowd)
        print(f"{label:46} {mean:6.2f}   engine/this = {engine / mean:.2f}   {' '.join(order[:5])} ...")
    sensitive = {id_ for id_, fact in talk.rules.facts.items() if fact.sensitive}
    health = sum(sum(fact in sensitive for fact in talk_) for talk_ in asked) / len(asked)
    print(f"sensitive questions: engine {health:.2f} on average, of {len(sensitive & set(talk.facts))}")
    print("first questions:", Counter(talk_[0] for talk_ in asked).most_common(3))


if __name__ == "__main__":
    main()
