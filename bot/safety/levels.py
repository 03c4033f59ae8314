"""How much a message cries for help: ``none``, ``concern`` or ``emergency``.

A classifier of spelling and meaning, taught with cries and with many ordinary messages that share their words (figures
of speech, past events, the words of professionals, black humour), judges the message and each of its sentences. The
reviewed list of ``bot/intents/emergency.yaml`` stands beside it: what the list names is never less than a concern, and
needs less of the classifier to be an emergency. In doubt a concern is better than a false alarm.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.intents import encoder
from bot.intents.emergency import look_for_emergency
from bot.intents.encoder import Memo
from bot.intents.focus import cap_length, sentences
from bot.intents.linear import LinearModel, log_softmax
from bot.intents.ngrams import NgramVectorizer

NONE, CONCERN, EMERGENCY = LEVELS = ("none", "concern", "emergency")
# Chosen with whole writers held out (docs/bot.md).
SPELLING_WEIGHT = 2.0
RARE = {0: 1.0, 1: 4.0, 2: 4.0}  # how much a missed cry counts beside a needless alarm while learning
SURE, LISTED_SURE = 0.6, 0.3  # of an emergency, without and with the list
LEAST = 0.15  # of a concern or an emergency together
LISTED_AT_ALL = 0.02
MOST_SENTENCES = 8


@dataclass(frozen=True)
class Level:
    """:ivar name: one of :data:`LEVELS`. :ivar confidence: 0 to 1. :ivar listed: whether the list names it."""

    name: str
    confidence: float
    listed: bool = False


@dataclass
class SafetyModel:
    """Probabilities of the three levels for a text."""

    vectorizer: NgramVectorizer
    spelling: LinearModel
    meaning: LinearModel

    @classmethod
    def train(cls, texts: Sequence[str], levels: Sequence[str], vectors: np.ndarray | None = None) -> SafetyModel:
        """Learn from texts and their level.

        :param vectors: their sentence vectors, when the caller has them already.
        """
        from sklearn.linear_model import LogisticRegression
        from sklearn.svm import LinearSVC  # only training needs scikit-learn

        texts = [cap_length(text) for text in texts]
        labels = np.array([LEVELS.index(level) for level in levels])
        if vectors is None:
            vectors = encoder.encode_many(texts)
        vectorizer = NgramVectorizer.fit(texts)
        spelling = LinearSVC(C=1.0, class_weight=RARE, random_state=0).fit(vectorizer.matrix(texts), labels)
        meaning = LogisticRegression(C=10.0, max_iter=300, class_weight=RARE).fit(vectors, labels)
        return cls(vectorizer, LinearModel.of(spelling), LinearModel.of(meaning))

    def chances(self, text: str, vector: np.ndarray) -> np.ndarray:
        """Probability of each level for one text."""
        spelling = self.spelling.margins(*self.vectorizer.row(text))
        return np.exp(log_softmax(SPELLING_WEIGHT * spelling + self.meaning.log_probabilities(vector)))

    def level(self, text: str, memo: Memo) -> Level:
        """The level of a message of any length and content."""
        alarm = look_for_emergency(text)
        plain = cap_length(text)
        parts = sentences(plain)[-MOST_SENTENCES:]
        judged = [plain] if len(parts) < 2 else [plain, *parts]
        rows = np.stack([self.chances(part, v) for part, v in zip(judged, memo.vectors(judged), strict=True)])
        emergency = float(rows[:, 2].max())
        any_cry = float((rows[:, 1] + rows[:, 2]).max())
        listed = alarm.kind is not None
        if emergency >= (LISTED_SURE if listed else SURE):
            return Level(EMERGENCY, emergency, listed)
        if any_cry >= (LISTED_AT_ALL if listed else LEAST):
            return Level(CONCERN, any_cry, listed)
        return Level(NONE, 1 - any_cry, listed)

    def save(self, directory: Path) -> None:
        """Write the model into `directory`."""
        (directory / "safety.json").write_text(json.dumps(list(self.vectorizer.vocabulary)), encoding="utf-8")
        np.savez(
            directory / "safety.npz",
            idf=self.vectorizer.idf,
            spelling=self.spelling.weights.astype(np.float16),
            spelling_bias=self.spelling.bias,
            meaning=self.meaning.weights,
            meaning_bias=self.meaning.bias,
        )

    @classmethod
    def load(cls, directory: Path) -> SafetyModel:
        """Read a model that :meth:`save` wrote."""
        features = json.loads((directory / "safety.json").read_text(encoding="utf-8"))
        with np.load(directory / "safety.npz", allow_pickle=False) as arrays:
            return cls(
                NgramVectorizer({feature: i for i, feature in enumerate(features)}, arrays["idf"]),
                LinearModel(arrays["spelling"].astype(np.float32), arrays["spelling_bias"]),
                LinearModel(arrays["meaning"], arrays["meaning_bias"]),
            )
