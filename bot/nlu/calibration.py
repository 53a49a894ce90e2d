"""From margins to probabilities: what is fitted to sentences that the models have not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FOLDS = 5
FEWEST = 100  # sentences that a calibration needs
HEATS = np.arange(1.0, 12.5, 0.5)
FIRST_HEATS = np.arange(0.0, 6.5, 0.5)
SECOND_HEATS = np.arange(0.0, 12.5, 0.5)
LEANINGS = np.arange(0.0, 5.1, 0.25)


@dataclass(frozen=True)
class Calibration:
    """Factors of the margins, and how much more readily than it was taught a message counts as unknown.

    The defaults serve where a handful of examples leaves nothing to hold out, as in the fixtures of tests.
    """

    alone: float = 6.0  # the first opinion's factor where it decides by itself
    first: float = 2.0  # its factor beside the second opinion
    second: float = 4.0
    leaning: float = 0.0  # added to the score of the intent for unknown messages
    threshold: float = 0.0  # confidence below which the fewest right answers are lost


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    exp = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: np.ndarray = exp / exp.sum(axis=-1, keepdims=True)
    return shares


def hold_out(labels: Sequence[str], groups: Sequence[str] | None) -> tuple[np.ndarray, np.ndarray] | None:
    """Numbers of the sentences to learn from and to hold out: a fifth, whole groups; None where there are too few.

    Without groups, labels with fewer than five sentences are only learnt.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    counts = Counter(labels)
    enough = np.array([i for i, label in enumerate(labels) if counts[label] >= FOLDS])
    if len(enough) < FEWEST:
        return None
    if groups is None or len(set(groups)) < 2 * FOLDS:
        chosen = [labels[i] for i in enough]
        unseen = enough[next(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(chosen, chosen))[1]]
    else:
        unseen = next(StratifiedGroupKFold(FOLDS).split(labels, labels, groups))[1]
    known = np.setdiff1d(np.arange(len(labels)), unseen)
    taught = {labels[i] for i in known}
    return known, np.array([i for i in unseen if labels[i] in taught])


def fit(
    first: np.ndarray, second: np.ndarray | None, gold: np.ndarray, unknown: int | None, most_refused: float
) -> Calibration:
    """The factors under which held-out sentences surprise least; `gold` are columns of the margins.

    `unknown`: the column of the intent for unknown messages. It is favoured as far as `most_refused` of the known
    sentences allow.
    """
    alone = float(min(HEATS, key=lambda heat: _surprise(heat * first, gold)))
    one, two = alone, 0.0
    if second is not None:
        pairs = [(a, b) for a in FIRST_HEATS for b in SECOND_HEATS]
        one, two = min(pairs, key=lambda pair: _surprise(pair[0] * first + pair[1] * second, gold))
    scores = one * first + (two * second if second is not None else 0.0)
    leaning = _leaning(scores, gold, unknown, most_refused) if unknown is not None else 0.0
    if unknown is not None:
        scores[:, unknown] += leaning
    return Calibration(alone, float(one), float(two), leaning, _threshold(scores, gold, most_refused))


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
