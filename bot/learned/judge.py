"""Weighs the evidence of a candidate fact: boosted trees, learned with scikit-learn and served as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TREES, DEPTH, RATE, LEAF = 160, 4, 0.06, 12


@dataclass
class Judge:
    """A forest of boosted trees, all of the same number of nodes.

    :ivar feature: of each node, -1 in a leaf. :ivar limit: values up to it go left. :ivar left: number of the left node.
    :ivar value: of each leaf, the step already in it. :ivar start: log-odds before any tree.
    """

    feature: np.ndarray
    limit: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    start: float

    @classmethod
    def learn(cls, evidence: np.ndarray, true: Sequence[bool], weights: np.ndarray | None = None) -> Judge:
        """Fit on the evidence of candidates whose truth is known."""
        from sklearn.ensemble import GradientBoostingClassifier

        model = GradientBoostingClassifier(
            n_estimators=TREES,
            max_depth=DEPTH,
            learning_rate=RATE,
            min_samples_leaf=LEAF,
            subsample=0.6,
            max_features=0.4,
            random_state=0,
        ).fit(evidence.astype(np.float32), np.asarray(true, dtype=int), sample_weight=weights)
        trees = [tree[0].tree_ for tree in model.estimators_]
        size = max(tree.node_count for tree in trees)
        shape = (len(trees), size)
        feature, left, right = np.full(shape, -1, np.int16), np.zeros(shape, np.int16), np.zeros(shape, np.int16)
        limit, value = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for t, tree in enumerate(trees):
            n = tree.node_count
            leaf = tree.children_left == -1
            feature[t, :n] = np.where(leaf, -1, tree.feature)
            limit[t, :n] = tree.threshold
            left[t, :n], right[t, :n] = np.where(leaf, 0, tree.children_left), np.where(leaf, 0, tree.children_right)
            value[t, :n] = tree.value[:, 0, 0] * RATE
        share = float(np.average(np.asarray(true, dtype=float), weights=weights))
        return cls(feature, limit, left, right, value, float(np.log(share / (1 - share))))

    def chances(self, evidence: np.ndarray) -> np.ndarray:
        """Probability that each candidate is stated; rows as in learning."""
        rows = evidence.astype(np.float32)
        if not len(rows):
            return np.zeros(0)
        trees = np.arange(len(self.feature))[None, :]
        node = np.zeros((len(rows), len(self.feature)), dtype=np.int64)
        row = np.arange(len(rows))[:, None]
        for _ in range(DEPTH):
            feature = self.feature[trees, node]
            goes_left = rows[row, np.maximum(feature, 0)] <= self.limit[trees, node]
            step = np.where(goes_left, self.left[trees, node], self.right[trees, node])
            node = np.where(feature < 0, node, step)
        total = self.start + self.value[trees, node].sum(axis=1)
        return 1 / (1 + np.exp(-total))
