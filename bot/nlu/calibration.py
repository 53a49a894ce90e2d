"""From margins to probabilities: what is fitted to sentences that the models have not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

FOLDS = 5
FEWEST = 100  # sentences that a calibration needs
ENOUGH = 500  # held out; more only cost time
GREATEST = 30.0  # factor
LEANINGS = np.arange(0.0, 5.1, 0.25)


@dataclass(frozen=True)
class Calibration:
    """Factors of the margins, and how much more readily than it was taught a message counts as unknown.

    The defaults serve where a handful of examples leaves nothing to hold out, as in the fixtures of tests.
    """

    alone: float = 6.0  # the first opinion's factor where it decides by itself
    together: tuple[float, ...] = (2.0, 2.0, 4.0)  # the factors of all opinions where it does not
    leaning: float = 0.0  # added to the score of the intent for unknown messages
    threshold: float = 0.0  # confidence below which the fewest right answers are lost


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: np.ndarray = exp / exp.sum(axis=-1, keepdims=True)
    return shares


def folds(labels: Sequence[str], groups: Sequence[str] | None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Numbers of the sentences to learn from and to hold out: fifths of whole groups, as many as hold ENOUGH sentences.

    None where there are too few. Without groups, labels with fewer than five sentences are only learnt.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    counts = Counter(labels)
    often = np.array([i for i, label in enumerate(labels) if counts[label] >= FOLDS])
    if len(often) < FEWEST:
        return
    if groups is None or len(set(groups)) < 2 * FOLDS:
        chosen = [labels[i] for i in often]
        splits = (often[held] for _, held in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(chosen, chosen))
    else:
        splits = (held for _, held in StratifiedGroupKFold(FOLDS).split(labels, labels, groups))
    sentences = 0
    for held in splits:
        if sentences < ENOUGH:
            known = np.setdiff1d(np.arange(len(labels)), held)
            taught = {labels[i] for i in known}
            yield known, np.array([i for i in held if labels[i] in taught])
            sentences += len(held)


def fit(margins: np.ndarray, gold: np.ndarray, unknown: int | None, most_refused: float) -> Calibration:
    """The factors under which held-out sentences surprise least.

    `margins` (opinions, sentences, classes), the quick opinion first; `gold` are columns of the classes, `unknown` that
    of the intent for unknown messages. It is favoured as far as `most_refused` of the known sentences allow.
    """
    alone, together = _factors(margins[:1], gold), _factors(margins, gold)
    scores = np.tensordot(together, margins, 1)
    leaning = _leaning(scores, gold, unknown, most_refused) if unknown is not None else 0.0
    if unknown is not None:
        scores[:, unknown] += leaning
    return Calibration(float(alone[0]), tuple(together.tolist()), leaning, _threshold(scores, gold, most_refused))


def _factors(margins: np.ndarray, gold: np.ndarray) -> np.ndarray:
    """(opinions,): the problem is convex, so that any start leads to the one best answer."""
    from scipy.optimize import minimize

    found = minimize(
        lambda factors: _surprise(np.tensordot(factors, margins, 1), gold), np.ones(len(margins)),
        method="L-BFGS-B", bounds=[(0.0, GREATEST)] * len(margins),
    )  # fmt: skip
    factors: np.ndarray = found.x
    return factors


def _surprise(scores: np.ndarray, gold: np.ndarray) -> float:
    scores = scores - scores.max(axis=1, keepdims=True)
    chosen = scores[np.arange(len(gold)), gold]
    return float((np.log(np.exp(scores).sum(axis=1)) - chosen).mean())


def _leaning(scores: np.ndarray, gold: np.ndarray, unknown: int, most_refused: float) -> float:
    known = scores[gold != unknown]
    others = np.delete(known, unknown, axis=1).max(axis=1)
    allowed = [lean for lean in LEANINGS if (known[:, unknown] + lean > others).mean() <= most_refused]
    return float(max(allowed, default=0.0))


def _threshold(scores: np.ndarray, gold: np.ndarray, most_refused: float) -> float:
    sure = softmax(scores).max(axis=1)[scores.argmax(axis=1) == gold]
    return float(np.quantile(sure, most_refused)) if len(sure) else 0.0
