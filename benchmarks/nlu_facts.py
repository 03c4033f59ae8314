"""What the learned layer makes of messages whose writer it has not seen: ``.venv-bot/bin/python -m benchmarks.nlu_facts``.

Statements and roles are scored without the writer of a message in any case; here the judge too is learned on four fifths
of the writers and asked about the rest. ``--share`` learns from a part of the messages, for a learning curve.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from bot.facts.agreement import implied, same
from bot.facts.catalogue import CONTACTS
from bot.learned.examples import Example, read_examples
from bot.learned.judge import Judge
from bot.learned.layer import ASK, KEEP, Gathered, gather

FOLDS = 5
THRESHOLDS = (0.5, 0.6, 0.7, KEEP, 0.85, 0.9)
# Columns of the evidence that are blotted out, one group at a time.
ABLATIONS = {
    "statements": range(3, 9),
    "roles": range(9, 12),
    "clause flags": range(16, 20),
    "counts of words": (*range(20, 28), *range(35, 43)),
    "open question": range(14, 16),
}


def held_out(found: Gathered, examples: Sequence[Example], evidence: np.ndarray) -> np.ndarray:
    """Chance of each candidate by a judge that has not seen its writer."""
    order = {writer: i for i, writer in enumerate(sorted({example.writer for example in examples}))}
    fold = np.array([order[examples[i].writer] % FOLDS for i in found.owners])
    chances = np.zeros(len(fold))
    for k in range(FOLDS):
        rest = fold != k
        judge = Judge.learn(evidence[rest], found.truth[rest], found.weights[rest])
        chances[fold == k] = judge.chances(evidence[fold == k])
    return chances


def figures(
    found: Gathered, examples: Sequence[Example], chances: np.ndarray, keep: float, only: Callable[[Example], bool]
) -> str:
    """Precision, recall and messages with a false fact; messages that the grammar was written for do not count."""
    expected = right = read = false = messages = 0
    rows: dict[int, list[int]] = {}
    for k, owner in enumerate(found.owners):
        rows.setdefault(int(owner), []).append(k)
    for i, example in enumerate(examples):
        if example.tuned or not only(example):
            continue
        got: dict = {}
        for k in sorted(rows.get(i, []), key=lambda k: chances[k]):
            if chances[k] >= keep:
                got[found.told[k].fact] = found.told[k].value
                for name, value in found.told[k].follows.items():
                    got.setdefault(name, value)
        stated = {name: value for name, value in example.facts.items() if name not in CONTACTS and value is not None}
        follows = implied(example.facts)
        agreeing = sum(name in got and same(value, got[name]) for name, value in stated.items())
        wrong = sum(name in got and not same(value, got[name]) for name, value in stated.items())
        loose = [n for n in got if n not in stated and n not in example.also]
        wrong += sum(not (n in follows and same(follows[n], got[n])) for n in loose)
        messages, false = messages + 1, false + bool(wrong)
        expected, right, read = expected + len(stated), right + agreeing, read + agreeing + wrong
    precision, recall = right / max(read, 1), right / max(expected, 1)
    return f"P {precision:.3f}  R {recall:.3f}  false in {false} of {messages} ({false / max(messages, 1):.3f})"


def main() -> None:
    """Cross-validate and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1.0, help="share of the messages, by writer")
    parser.add_argument("--ablations", action="store_true", help="also without each kind of evidence")
    options = parser.parse_args()
    examples = read_examples()
    writers = sorted({example.writer for example in examples})
    chosen = set(np.random.default_rng(1).permutation(writers)[: round(len(writers) * options.share)].tolist())
    examples = [example for example in examples if example.writer in chosen]
    found = gather(examples)
    chances = held_out(found, examples, found.evidence)
    grammar = np.array([float(one.grammar) for one in found.told])
    print(f"{len(examples)} messages, {len(chosen)} writers, {len(found.told)} candidates")
    print("grammar alone    ", figures(found, examples, grammar, 0.5, lambda e: True))
    for keep in THRESHOLDS:
        print(f"keep from {keep:.2f}   ", figures(found, examples, chances, keep, lambda e: True))
    for kind in sorted(Counter(e.kind for e in examples if not e.tuned)):
        print(f"{kind:12} grammar", figures(found, examples, grammar, 0.5, lambda e, kind=kind: e.kind == kind))
        print(f"{kind:12} layer  ", figures(found, examples, chances, KEEP, lambda e, kind=kind: e.kind == kind))
    own = np.array([not examples[i].tuned for i in found.owners])
    asked = own & (chances >= ASK) & (chances < KEEP)
    print(
        f"asked back: {asked.sum()} candidates in {len(set(found.owners[asked]))} messages, {found.truth[asked].mean():.2f} right"
    )
    for low in np.arange(0, 1, 0.1):
        here = own & (chances >= low) & (chances < low + 0.1)
        if here.any():
            print(f"said {low:.1f}-{low + 0.1:.1f}: {here.sum():5} candidates, {found.truth[here].mean():.2f} right")
    for name, columns in ABLATIONS.items() if options.ablations else ():
        blotted = found.evidence.copy()
        blotted[:, list(columns)] = 0.0
        print(f"without {name:16}", figures(found, examples, held_out(found, examples, blotted), KEEP, lambda e: True))


if __name__ == "__main__":
    main()
