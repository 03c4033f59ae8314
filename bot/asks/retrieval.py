"""Finds the answerable question that a sentence asks, with the next likely ones.

Two judges are added: a linear classifier of spelling and meaning, and how near the sentence is to the nearest example
of each question. Examples come from ``data/asks``; sentences that ask none of them are examples too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.intents import encoder
from bot.intents.focus import cap_length
from bot.intents.linear import LinearModel, log_softmax
from bot.intents.ngrams import NgramVectorizer

NONE = "-"  # a sentence that asks something else, or nothing
# Chosen by cross-validation with whole writers held out (docs/bot.md).
SPELLING_STRENGTH, MEANING_STRENGTH = 1.0, 30.0
SPELLING_WEIGHT, NEAREST_WEIGHT = 6.0, 8.0
ALTERNATIVES = 4


@dataclass(frozen=True)
class Asked:
    """:ivar question: its id. :ivar alternatives: the next likely ids. :ivar start: first character of the words."""

    question: str
    alternatives: tuple[str, ...]
    confidence: float
    start: int
    end: int


@dataclass
class QuestionModel:
    """Scores of the answerable questions for a sentence.

    :ivar questions: their ids, :data:`NONE` among them.
    :ivar vectors: sentence vectors of the examples, one row each.
    :ivar labels: number of the question of each example.
    """

    questions: list[str]
    vectorizer: NgramVectorizer
    spelling: LinearModel
    meaning: LinearModel
    vectors: np.ndarray
    labels: np.ndarray
    temperature: float = 1.0

    @classmethod
    def train(cls, texts: Sequence[str], questions: Sequence[str], vectors: np.ndarray | None = None) -> QuestionModel:
        """Learn from sentences and the question that each asks.

        :param vectors: their sentence vectors, when the caller has them already.
        """
        names = sorted(set(questions))
        labels = np.array([names.index(question) for question in questions])
        texts = [cap_length(text) for text in texts]
        if vectors is None:
            vectors = encoder.encode_many(texts)
        vectorizer = NgramVectorizer.fit(texts)
        spelling = LinearModel.support_vectors(vectorizer.matrix(texts), labels, SPELLING_STRENGTH)
        meaning = LinearModel.logistic(vectors, labels, MEANING_STRENGTH)
        return cls(names, vectorizer, spelling, meaning, vectors.astype(np.float32), labels)

    def scores(self, text: str, vector: np.ndarray) -> np.ndarray:
        """Log-probabilities of the questions for one sentence."""
        spelling = self.spelling.margins(*self.vectorizer.row(text))
        nearest = np.full(len(self.questions), -1.0, dtype=np.float32)
        np.maximum.at(nearest, self.labels, self.vectors @ vector)
        fused = SPELLING_WEIGHT * spelling + self.meaning.log_probabilities(vector) + NEAREST_WEIGHT * nearest
        return log_softmax(fused / self.temperature)

    def ask(self, text: str, vector: np.ndarray, start: int, least: float) -> Asked | None:
        """The question that `text` asks; None where it asks none of them.

        :param start: place of `text` in the message.
        :param least: probability below which nothing is said to be asked.
        """
        scores = self.scores(text, vector)
        order = np.argsort(-scores, kind="stable")
        chances = np.exp(scores)
        ranked = [int(i) for i in order if self.questions[int(i)] != NONE]
        if not ranked or chances[ranked[0]] < least:
            return None
        best, *others = (self.questions[i] for i in ranked[: 1 + ALTERNATIVES])
        return Asked(best, tuple(others), float(chances[ranked[0]]), start, start + len(text))

    def save(self, directory: Path) -> None:
        """Write the model into `directory`."""
        settings = {"questions": self.questions, "temperature": self.temperature}
        settings["vocabulary"] = list(self.vectorizer.vocabulary)
        (directory / "asks.json").write_text(json.dumps(settings), encoding="utf-8")
        np.savez(
            directory / "asks.npz",
            idf=self.vectorizer.idf,
            spelling=self.spelling.weights.astype(np.float16),
            spelling_bias=self.spelling.bias,
            meaning=self.meaning.weights,
            meaning_bias=self.meaning.bias,
            vectors=self.vectors.astype(np.float16),
            labels=self.labels,
        )

    @classmethod
    def load(cls, directory: Path) -> QuestionModel:
        """Read a model that :meth:`save` wrote."""
        settings = json.loads((directory / "asks.json").read_text(encoding="utf-8"))
        with np.load(directory / "asks.npz", allow_pickle=False) as arrays:
            return cls(
                settings["questions"],
                NgramVectorizer({f: i for i, f in enumerate(settings["vocabulary"])}, arrays["idf"]),
                LinearModel(arrays["spelling"].astype(np.float32), arrays["spelling_bias"]),
                LinearModel(arrays["meaning"], arrays["meaning_bias"]),
                arrays["vectors"].astype(np.float32),
                arrays["labels"],
                settings["temperature"],
            )


def examples(files: Iterable[Path]) -> list[tuple[str, str, str]]:
    """Sentence, question and writer of every example; of a message that asks several, none is made.

    :param files: JSONL files with ``text``, ``asks`` and ``writer``.
    """
    found = []
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            row = json.loads(line) if line.strip() else {}
            asked = [ask["question"] for ask in row.get("asks", ()) if "question" in ask]
            if len(asked) == 1:
                found.append((row["text"], asked[0], row.get("writer", "")))
    return found
