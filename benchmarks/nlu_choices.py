"""Why the classifier is what it is: the alternatives, cross-validated on the training data alone.

``.venv-bot/bin/python -m benchmarks.nlu_choices [--folds 2]`` (in the bot's environment; some minutes)

Prints the accuracy of spelling alone (support vectors, logistic regression), of meaning alone (logistic regression,
kernel ridge) and of their sums. The training data hold many near neighbours on purpose, so these figures are lower than
those on messages that people would really send; they serve to compare.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from scipy.linalg import cho_factor, cho_solve

from bot.intents import encoder
from bot.intents.focus import cap_length
from bot.intents.linear import LinearModel, log_softmax
from bot.intents.ngrams import NgramVectorizer

DATA = Path(__file__).resolve().parent.parent / "data" / "nlu"
SPELLING_WEIGHTS = (4.0, 6.0, 10.0, 16.0)


def examples() -> tuple[list[str], np.ndarray, list[str]]:
    """Texts, class numbers and class names of the training data."""
    pairs = []
    for path in sorted(DATA.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = block.get("examples", "").splitlines() if "intent" in block else []
            pairs += [
                (cap_length(line.strip()[2:]), block["intent"]) for line in lines if line.strip().startswith("- ")
            ]
    names = sorted({intent for _, intent in pairs})
    return [text for text, _ in pairs], np.array([names.index(intent) for _, intent in pairs]), names


def kernel_ridge(train: np.ndarray, labels: np.ndarray, test: np.ndarray, classes: int) -> np.ndarray:
    """Scores of `test` by kernel ridge regression on the vectors `train`."""
    kernel = np.exp(-(2 - 2 * train @ train.T)).astype(np.float32)
    kernel[np.diag_indices(len(kernel))] += 0.1
    targets = np.eye(classes, dtype=np.float32)[labels] - 1 / classes
    votes = cho_solve(cho_factor(kernel, lower=True, overwrite_a=True), targets)
    return np.exp(-(2 - 2 * test @ train.T)).astype(np.float32) @ votes


def judged(
    texts: list[str], vectors: np.ndarray, labels: np.ndarray, train: np.ndarray, test: np.ndarray, classes: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Name and scores of each alternative, learned on the rows `train`, on the rows `test`."""
    vectorizer = NgramVectorizer.fit([texts[i] for i in train])
    rows, held = vectorizer.matrix([texts[i] for i in train]), vectorizer.matrix([texts[i] for i in test])
    margins = LinearModel.support_vectors(rows, labels[train], 1.0)
    yield "spelling, support vectors", np.asarray(held @ margins.weights + margins.bias)
    logistic = LinearModel.logistic(rows, labels[train], 20.0)
    yield "spelling, logistic", log_softmax(np.asarray(held @ logistic.weights + logistic.bias))
    meaning = LinearModel.logistic(vectors[train], labels[train], 10.0)
    yield "meaning, logistic", log_softmax(vectors[test] @ meaning.weights + meaning.bias)
    yield "meaning, kernel ridge", kernel_ridge(vectors[train], labels[train], vectors[test], classes)


def main() -> None:
    """Cross-validate and print."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=int, default=2, help="how many of four folds to hold out in turn")
    folds = parser.parse_args().folds
    texts, labels, names = examples()
    vectors = np.concatenate([encoder.encode(texts[i : i + 256]) for i in range(0, len(texts), 256)])
    fold = np.random.default_rng(0).integers(0, 4, len(labels))
    scores: dict[str, list[np.ndarray]] = {}
    seconds: dict[str, float] = {}
    truth = []
    for k in range(folds):
        train, test = np.where(fold != k)[0], np.where(fold == k)[0]
        truth.append(labels[test])
        started = time.perf_counter()
        for name, values in judged(texts, vectors, labels, train, test, len(names)):
            scores.setdefault(name, []).append(values)
            seconds[name] = seconds.get(name, 0.0) + time.perf_counter() - started
            started = time.perf_counter()
    right = np.concatenate(truth)
    joined = {name: np.concatenate(parts) for name, parts in scores.items()}
    print(f"{len(texts)} examples, {len(names)} intents, {folds} of 4 folds")
    for name, values in joined.items():
        print(f"{name:28} accuracy {(values.argmax(1) == right).mean():.4f}   {seconds[name] / folds:.1f} s a fold")
    vectors_spelling, meaning = joined["spelling, support vectors"], joined["meaning, logistic"]
    for weight in SPELLING_WEIGHTS:
        print(
            f"support vectors x {weight:<4} + logistic: {((weight * vectors_spelling + meaning).argmax(1) == right).mean():.4f}"
        )
    mean = 0.5 * joined["spelling, logistic"] + 0.5 * meaning
    print(f"logistic + logistic (geometric mean): {(mean.argmax(1) == right).mean():.4f}")
    print(
        f"support vectors + 2 x kernel ridge: {((vectors_spelling + 2 * joined['meaning, kernel ridge']).argmax(1) == right).mean():.4f}"
    )


if __name__ == "__main__":
    main()
