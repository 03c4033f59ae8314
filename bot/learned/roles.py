"""What a number or a place of a message is: an age, a percentage, months away, a home, a place of work, or none of them.

Logistic regression on the words around it and on the sentence vector of its clause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.intents.linear import LinearModel
from bot.learned.spots import NONE, Spot

STRENGTH = 1.5
MEANING = 2.0  # weight of the sentence vector beside the words
FOLDS = 4


@dataclass
class Roles:
    """:ivar roles: their names. :ivar columns: by cue."""

    roles: list[str]
    columns: dict[str, int]
    model: LinearModel

    def chances(self, spot: Spot, vector: np.ndarray) -> dict[str, float]:
        """Probability of each role that the spot can have."""
        known = [self.columns[cue] for cue in set(spot.cues) if cue in self.columns]
        weights = self.model.weights
        scores = weights[known].sum(axis=0) + MEANING * vector @ weights[len(self.columns) :] + self.model.bias
        scores = np.exp(scores - scores.max())
        scores = scores / scores.sum()
        return {
            name: float(p) for name, p in zip(self.roles, scores, strict=True) if name == NONE or name in spot.values
        }


def _fit(spots: Sequence[Spot], vectors: np.ndarray, labels: Sequence[str]) -> Roles:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    counts = Counter(cue for spot in spots for cue in set(spot.cues))
    columns = {cue: i for i, cue in enumerate(sorted(cue for cue, n in counts.items() if n >= 2))}
    indices = [[columns[cue] for cue in set(spot.cues) if cue in columns] for spot in spots]
    pointers = np.cumsum([0, *map(len, indices)])
    flat = np.array([i for row in indices for i in row])
    words = csr_matrix((np.ones(len(flat)), flat, pointers), shape=(len(spots), len(columns)))
    names = sorted(set(labels))
    fitted = LogisticRegression(C=STRENGTH, max_iter=120).fit(
        hstack([words, csr_matrix(MEANING * vectors)]).tocsr(), [names.index(name) for name in labels]
    )
    if len(names) == 2:
        half = np.concatenate([-fitted.coef_, fitted.coef_]) / 2
        bias = np.concatenate([-fitted.intercept_, fitted.intercept_]) / 2
        return Roles(names, columns, LinearModel(half.T.astype(np.float32), bias.astype(np.float32)))
    return Roles(names, columns, LinearModel.of(fitted))


def learn(
    spots: Sequence[Spot], vectors: np.ndarray, labels: Sequence[str], groups: Sequence[str]
) -> tuple[Roles, list[dict[str, float]]]:
    """The model, and the chances of each spot by a model without its group.

    :param labels: the true role of each spot.
    :param groups: whose words each is.
    """
    order = {name: i for i, name in enumerate(sorted(set(groups)))}
    fold = np.array([order[group] % FOLDS for group in groups])
    unseen: list[dict[str, float]] = [{}] * len(spots)
    for k in range(FOLDS):
        rest = np.where(fold != k)[0]
        model = _fit([spots[i] for i in rest], vectors[rest], [labels[i] for i in rest])
        for i in np.where(fold == k)[0]:
            unseen[i] = model.chances(spots[i], vectors[i])
    return _fit(spots, vectors, labels), unseen
