"""An opinion on an intent: a linear support vector machine over TF-IDF features, and sentence vectors beside them.

Training is scikit-learn's, prediction is numpy alone: the weight rows of the features found.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.nlu.encoder import principal_directions
from bot.nlu.tfidf import Row

# a sentence vector weighs this many times as much as a family of features
VECTOR_WEIGHT = 2.0
# principal directions of the sentence vectors that are learnt from: half the time of all 512, for the same answers
KEPT = 256
# shares of the classes that are fitted at the same time: scikit-learn lets go of Python's lock meanwhile
SIDE_BY_SIDE = 2
REST = -1  # the classes of the other shares


@dataclass(frozen=True)
class Linear:
    """Weights of the first columns of TF-IDF features, and of a sentence vector where one is read."""

    weights: np.ndarray  # (columns read, classes), float32
    bias: np.ndarray  # (classes,)
    dense: np.ndarray  # (width of a sentence vector, classes), float32; without rows where none is read

    def margins(self, row: Row, sentence: np.ndarray | None = None) -> np.ndarray:
        """(classes,): how far a message is on the side of each intent."""
        index, values = row
        margins: np.ndarray = self.bias.copy()
        if end := int(np.searchsorted(index, len(self.weights))):
            margins += values[:end] @ self.weights[index[:end]]
        if sentence is not None:
            margins += VECTOR_WEIGHT * (sentence @ self.dense)
        return margins


def fit(matrix: Any, labels: Sequence[str], strength: float, vectors: np.ndarray | None = None) -> Linear:
    """Fit to rows of TF-IDF features, and `vectors` (n, width) where given; classes in alphabetical order.

    `strength` is scikit-learn's C. A support vector machine trains in seconds where logistic regression takes a minute,
    and is a point more accurate on our sentences. Raises ValueError for fewer than two intents.
    """
    from scipy.sparse import csr_matrix, hstack

    classes, gold = np.unique(np.array(labels), return_inverse=True)
    if len(classes) < 2:
        raise ValueError("an opinion is learnt of two intents or more")
    width, directions = matrix.shape[1], np.zeros((0, 0))
    if vectors is not None:
        directions = principal_directions(vectors, KEPT)
        matrix = hstack([matrix, csr_matrix(VECTOR_WEIGHT * vectors @ directions)]).tocsr()
    rarity = len(gold) / (len(classes) * np.bincount(gold))
    shares = np.array_split(np.arange(len(classes)), min(SIDE_BY_SIDE, len(classes)))
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        fitted = list(threads.map(lambda some: _against_the_rest(matrix, gold, some, rarity, strength), shares))
    turned = np.ascontiguousarray(np.vstack([weights for weights, _ in fitted]).T, dtype=np.float32)
    dense = (directions @ turned[width:]).astype(np.float32)
    return Linear(turned[:width], np.concatenate([bias for _, bias in fitted]), dense)


def _against_the_rest(
    matrix: Any, gold: np.ndarray, some: np.ndarray, rarity: np.ndarray, strength: float
) -> tuple[np.ndarray, np.ndarray]:
    """(some, features) weights and (some,) biases of some of the classes, each against all others."""
    from sklearn.svm import LinearSVC

    asked = np.where(np.isin(gold, some), gold, REST)
    weight = {REST: 1.0, **{int(each): float(rarity[each]) for each in some}}
    machine = LinearSVC(C=strength, class_weight=weight, random_state=0, tol=0.1).fit(matrix, asked)
    return machine.coef_[-len(some) :], machine.intercept_[-len(some) :]
