"""The intent classifier: spelling and meaning judged apart, their scores added, calibrated."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bot.intents import encoder
from bot.intents.focus import cap_length, deciding_part
from bot.intents.linear import LinearModel, log_softmax
from bot.intents.ngrams import NgramVectorizer

# Chosen by cross-validation on the training data alone (docs/bot.md has the table).
SPELLING_STRENGTH = 1.0
MEANING_STRENGTH = 10.0
SPELLING_WEIGHT = 10.0  # a margin of the spelling beside a log-probability of the meaning
DECIDING_SHARE = 0.6  # weight of the last question of a long message
HELD_OUT = 5  # one message in five measures how sure the model may be of itself

Progress = Callable[[str], None]


class FusedClassifier:
    """Probabilities of the intents for a message."""

    def __init__(
        self,
        intents: list[str],
        vectorizer: NgramVectorizer,
        spelling: LinearModel,
        meaning: LinearModel,
        temperature: float = 1.0,
    ) -> None:
        """:param temperature: divisor of the fused scores that makes the confidences true."""
        self.intents = intents
        self.vectorizer = vectorizer
        self.spelling = spelling
        self.meaning = meaning
        self.temperature = temperature

    # -- learning -------------------------------------------------------------------------------------------------

    @classmethod
    def train(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        progress: Progress = lambda _: None,
        vectors: np.ndarray | None = None,
    ) -> FusedClassifier:
        """Learn from labelled messages, then measure how sure the model may be of itself on messages held out.

        :param progress: called with a short text at each stage.
        :param vectors: their sentence vectors, when the caller has them already.
        """
        intents = sorted(set(labels))
        numbers = np.array([intents.index(label) for label in labels])
        texts = [cap_length(text) for text in texts]
        if vectors is None:
            progress("vettori delle frasi")
            vectors = encoder.encode_many(texts)
        progress("calibrazione")
        temperature = cls._calibrate(intents, texts, vectors, numbers)
        progress("classificatore")
        model = cls._fit(intents, texts, vectors, numbers)
        model.temperature = temperature
        return model

    @classmethod
    def _fit(
        cls, intents: list[str], texts: Sequence[str], vectors: np.ndarray, numbers: np.ndarray
    ) -> FusedClassifier:
        vectorizer = NgramVectorizer.fit(texts)
        spelling = LinearModel.support_vectors(vectorizer.matrix(texts), numbers, SPELLING_STRENGTH)
        meaning = LinearModel.logistic(vectors, numbers, MEANING_STRENGTH)
        return cls(intents, vectorizer, spelling, meaning)

    @classmethod
    def _calibrate(cls, intents: list[str], texts: Sequence[str], vectors: np.ndarray, numbers: np.ndarray) -> float:
        """Temperature that makes the true intents of one held-out fold most likely."""
        order = np.random.default_rng(7).permutation(len(texts))
        held, rest = order[::HELD_OUT], np.delete(order, np.s_[::HELD_OUT])
        if len(set(numbers[rest])) < len(intents):
            return 1.0  # too few examples to hold any out
        model = cls._fit(intents, [texts[i] for i in rest], vectors[rest], numbers[rest])
        scores = np.stack([model._fused(texts[i], vectors[i]) for i in held])
        candidates = np.geomspace(0.2, 10.0, 60)
        likelihood = [log_softmax(scores / t)[np.arange(len(held)), numbers[held]].mean() for t in candidates]
        return float(candidates[int(np.argmax(likelihood))])

    # -- serving --------------------------------------------------------------------------------------------------

    def _fused(self, text: str, vector: np.ndarray) -> np.ndarray:
        spelling = self.spelling.margins(*self.vectorizer.row(text))
        return SPELLING_WEIGHT * spelling + self.meaning.log_probabilities(vector)

    def scores(self, text: str, memo: encoder.Memo | None = None) -> np.ndarray:
        """Calibrated log-probabilities of the intents for `text`, of any length and content.

        :param memo: vectors that are known already.
        """
        text = cap_length(text)
        part = deciding_part(text)
        vectors = (memo or encoder.Memo()).vectors([text] if part is None else [text, part])
        fused = self._fused(text, vectors[0])
        if part is not None:
            fused = (1 - DECIDING_SHARE) * fused + DECIDING_SHARE * self._fused(part, vectors[1])
        return log_softmax(fused / self.temperature)

    # -- storage --------------------------------------------------------------------------------------------------

    def save(self, directory: Path) -> None:
        """Write the model into `directory`."""
        settings = {"intents": self.intents, "temperature": self.temperature}
        (directory / "classifier.json").write_text(json.dumps(settings), encoding="utf-8")
        (directory / "vocabulary.json").write_text(json.dumps(list(self.vectorizer.vocabulary)), encoding="utf-8")
        np.savez(
            directory / "weights.npz",
            idf=self.vectorizer.idf,
            spelling=self.spelling.weights.astype(np.float16),
            spelling_bias=self.spelling.bias,
            meaning=self.meaning.weights,
            meaning_bias=self.meaning.bias,
        )

    @classmethod
    def load(cls, directory: Path) -> FusedClassifier:
        """Read a model that :meth:`save` wrote."""
        settings = json.loads((directory / "classifier.json").read_text(encoding="utf-8"))
        features = json.loads((directory / "vocabulary.json").read_text(encoding="utf-8"))
        with np.load(directory / "weights.npz", allow_pickle=False) as arrays:
            vectorizer = NgramVectorizer({feature: i for i, feature in enumerate(features)}, arrays["idf"])
            spelling = LinearModel(arrays["spelling"].astype(np.float32), arrays["spelling_bias"])
            meaning = LinearModel(arrays["meaning"], arrays["meaning_bias"])
        return cls(settings["intents"], vectorizer, spelling, meaning, settings["temperature"])
