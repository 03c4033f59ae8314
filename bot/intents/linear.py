"""Linear models, learned with scikit-learn and served with one numpy product each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass
class LinearModel:
    """One score for each class.

    :ivar weights: one row for each feature, one column for each class.
    :ivar bias: one value for each class.
    """

    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def support_vectors(cls, rows, labels: Sequence[int], strength: float) -> LinearModel:
        """Learn margins from sparse `rows`: for n-grams better and four times faster than logistic regression.

        :param labels: class number of each row; every class from 0 up occurs, and there are at least three.
        :param strength: inverse regularisation, scikit-learn's ``C``.
        """
        from sklearn.svm import LinearSVC

        return cls.of(LinearSVC(C=strength, random_state=0).fit(rows, labels))

    @classmethod
    def logistic(cls, rows: np.ndarray, labels: Sequence[int], strength: float) -> LinearModel:
        """Learn log-probabilities from dense `rows`. Parameters as above."""
        from sklearn.linear_model import LogisticRegression

        return cls.of(LogisticRegression(C=strength, max_iter=300).fit(rows, labels))

    @classmethod
    def of(cls, model) -> LinearModel:
        """The weights of a fitted model of scikit-learn."""
        return cls(np.ascontiguousarray(model.coef_.T, dtype=np.float32), model.intercept_.astype(np.float32))

    def margins(self, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Scores of one sparse row."""
        return values @ self.weights[columns] + self.bias

    def log_probabilities(self, row: np.ndarray) -> np.ndarray:
        """Normalised scores of one dense row."""
        return log_softmax(row @ self.weights + self.bias)


def log_softmax(scores: np.ndarray) -> np.ndarray:
    """Normalised logarithms along the last axis."""
    scores = scores - scores.max(axis=-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
