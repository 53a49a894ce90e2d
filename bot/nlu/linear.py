"""An opinion on an intent: a linear support vector machine over TF-IDF n-grams, and sentence vectors beside them.

Training is scikit-learn's, prediction is numpy alone: the weight rows of the features found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.nlu.tfidf import Row

# a sentence vector weighs this many times as much as a family of n-grams
VECTOR_WEIGHT = 2.0


@dataclass(frozen=True)
class Linear:
    """Weights of TF-IDF features, and of a sentence vector where one is read."""

    weights: np.ndarray  # (features, classes), float32
    bias: np.ndarray  # (classes,)
    dense: np.ndarray  # (width of a sentence vector, classes), float32; without rows where none is read

    def margins(self, row: Row, sentence: np.ndarray | None = None) -> np.ndarray:
        """(classes,): how far a message is on the side of each intent."""
        index, values = row
        margins: np.ndarray = self.bias.copy()
        if len(index):
            margins += values @ self.weights[index]
        if sentence is not None:
            margins += VECTOR_WEIGHT * (sentence @ self.dense)
        return margins


def fit(matrix: Any, labels: Sequence[str], strength: float, vectors: np.ndarray | None = None) -> Linear:
    """Fit to rows of TF-IDF features, and `vectors` (n, width) where given; classes in alphabetical order.

    `strength` is scikit-learn's C. A support vector machine trains in seconds where logistic regression takes a minute,
    and is a point more accurate on our sentences. Raises ValueError for fewer than two intents.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    width = matrix.shape[1]
    if vectors is not None:
        matrix = hstack([matrix, csr_matrix(VECTOR_WEIGHT * vectors)]).tocsr()
    machine = LinearSVC(C=strength, class_weight="balanced", random_state=0, tol=0.01).fit(matrix, np.array(labels))
    weights, bias = _both_ways(machine.coef_, machine.intercept_)
    turned = np.ascontiguousarray(weights.T, dtype=np.float32)
    return Linear(turned[:width], bias, turned[width:])


def _both_ways(weights: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn keeps one row for two classes; we keep one for each."""
    if len(weights) > 1:
        return weights, bias
    return np.vstack([-weights, weights]), np.concatenate([-bias, bias])
