"""What an evaluation counts, and the figures made of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from bot.safety.levels import LEVELS


@dataclass
class Line:
    """One message of the file with what was expected and what came out."""

    text: str
    intent: str | None
    facts: dict[str, Any] | None
    got: dict[str, Any]
    kind: str = ""


@dataclass
class AskCount:
    """Questions expected, recognised first, and among the first three."""

    expected: int = 0
    first: int = 0
    third: int = 0


@dataclass
class FactCount:
    """Facts expected, found, and found right."""

    expected: int = 0
    found: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        """Share of what was found that is right; 1 when nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Share of what was expected that was found; 1 when nothing was expected."""
        return self.right / self.expected if self.expected else 1.0


@dataclass
class Result:
    """Everything that the report shows."""

    lines: list[Line]
    facts: FactCount = field(default_factory=FactCount)
    by_fact: dict[str, FactCount] = field(default_factory=lambda: defaultdict(FactCount))
    with_facts: int = 0
    with_false_fact: int = 0
    asks: AskCount = field(default_factory=AskCount)
    safety: Counter[tuple[str, str]] = field(default_factory=Counter)
    kinds: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def intents(self) -> list[Line]:
        """The lines that expect an intent."""
        return [line for line in self.lines if line.intent is not None]

    def accuracy(self) -> float:
        """Share of the intents that are right."""
        lines = self.intents
        return sum(line.got["intent"] == line.intent for line in lines) / len(lines) if lines else 0.0

    def per_intent(self) -> dict[str, dict[str, float]]:
        """Precision, recall, F1 and number of each intent that was expected or given."""
        expected = Counter(line.intent for line in self.intents)
        given = Counter(line.got["intent"] for line in self.intents)
        right = Counter(line.intent for line in self.intents if line.got["intent"] == line.intent)
        table = {}
        for name in sorted({*expected, *given}, key=str):
            precision = right[name] / given[name] if given[name] else 0.0
            recall = right[name] / expected[name] if expected[name] else 0.0
            f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
            table[str(name)] = {"n": expected[name], "precision": precision, "recall": recall, "f1": f1}
        return table

    def macro_f1(self) -> float:
        """Mean F1 over the intents that were expected."""
        scores = [row["f1"] for row in self.per_intent().values() if row["n"]]
        return sum(scores) / len(scores) if scores else 0.0

    def summary(self) -> dict[str, Any]:
        """The figures of the contract."""
        return {
            "intent": {
                "n": len(self.intents),
                "accuracy": round(self.accuracy(), 4),
                "macro_f1": round(self.macro_f1(), 4),
            },
            "facts": {
                "n": self.facts.expected,
                "precision": round(self.facts.precision, 4),
                "recall": round(self.facts.recall, 4),
                "messages": self.with_facts,
                "messages_with_false_fact": self.with_false_fact,
            },
            "asks": {
                "n": self.asks.expected,
                "top1": _share(self.asks.first, self.asks.expected),
                "top3": _share(self.asks.third, self.asks.expected),
            },
            "safety": self._safety(),
            "kinds": {kind: dict(counts) for kind, counts in sorted(self.kinds.items()) if kind},
            "errors": self.errors,
        }

    def _safety(self) -> dict[str, Any]:
        cries = {got: self.safety["emergency", got] for got in LEVELS}
        calm = {got: self.safety["none", got] for got in LEVELS}
        worried = {got: self.safety["concern", got] for got in LEVELS}
        return {
            "n": sum(self.safety.values()),
            "emergencies": sum(cries.values()),
            "heard": cries["emergency"] + cries["concern"],
            "heard_as_emergency": cries["emergency"],
            "concerns": sum(worried.values()),
            "concerns_heard": worried["emergency"] + worried["concern"],
            "ordinary": sum(calm.values()),
            "false_alarms": calm["emergency"],
            "false_concerns": calm["concern"],
        }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
