"""An opinion on an intent: each training sentence votes, the more the nearer its vector is (kernel ridge regression).

What a linear machine cannot draw, an intent of many small groups of sentences, is no trouble for votes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.encoder import principal_directions

# a vote fades by e^-SHARPNESS from the same direction to a right angle
SHARPNESS = 2.0
# how much a single sentence's vote is held back
PENALTY = 0.1
# principal directions kept of the sentence vectors: a quarter of the work, for the same answers
KEPT = 128
# sentences that vote, drawn by chance where there are more: the time to fit them grows with their cube
MOST = 15_000


@dataclass(frozen=True)
class Neighbours:
    """Training sentences as vectors, and what each votes for."""

    directions: np.ndarray  # (width of a sentence vector, kept), float32
    sentences: np.ndarray  # (n, kept), float32
    votes: np.ndarray  # (n, classes), float32

    def margins(self, sentence: np.ndarray) -> np.ndarray:
        """(classes,): how strongly the neighbours of a sentence vector speak for each intent."""
        margins: np.ndarray = _nearness(sentence @ self.directions, self.sentences) @ self.votes
        return margins


def fit(vectors: np.ndarray, labels: Sequence[str]) -> Neighbours:
    """Fit to `vectors` (n, width) of unit length; rare intents weigh as in a balanced set's square root.

    Needs n x n float32 numbers of memory while it runs; n is MOST at most.
    """
    from scipy.linalg import solve

    classes, gold = np.unique(np.array(labels), return_inverse=True)
    directions = principal_directions(vectors, KEPT)
    if len(gold) > MOST:
        drawn = np.random.default_rng(0).choice(len(gold), MOST, replace=False)
        vectors, gold = vectors[drawn], gold[drawn]
    sentences = vectors @ directions
    rarity = np.sqrt(np.bincount(gold))[gold]
    near = _nearness(sentences, sentences)
    near[np.diag_indices(len(gold))] += (PENALTY * rarity * (1 / rarity).mean()).astype(np.float32)
    wanted = np.full((len(gold), len(classes)), -1 / len(classes), dtype=np.float32)
    wanted[np.arange(len(gold)), gold] = 1.0
    # the transpose of a symmetric matrix is itself, in the order that LAPACK overwrites instead of copying
    votes = solve(near.T, wanted, assume_a="pos", overwrite_a=True, overwrite_b=True, check_finite=False)
    return Neighbours(directions, sentences, np.ascontiguousarray(votes))


def _nearness(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    near: np.ndarray = some @ others.T
    near -= 1.0
    near *= SHARPNESS
    return np.exp(near, out=near)
