"""Accuracy, macro F1, calibration error and quantiles of answers."""

from __future__ import annotations

from collections.abc import Sequence

BINS = 10


def accuracy(gold: Sequence[str | None], found: Sequence[str | None]) -> float:
    """Share of right answers; nan for none."""
    return sum(one == other for one, other in zip(gold, found, strict=True)) / len(gold) if gold else float("nan")


def macro_f1(gold: Sequence[str | None], found: Sequence[str | None]) -> float:
    """Mean F1 of the intents that the test holds. A wrong answer outside them counts against recall only."""
    scores = []
    for intent in set(gold):
        right = sum(one == other == intent for one, other in zip(gold, found, strict=True))
        claimed, due = sum(other == intent for other in found), sum(one == intent for one in gold)
        scores.append(2 * right / (claimed + due))
    return sum(scores) / len(scores) if scores else float("nan")


def calibration_error(right: Sequence[bool], confidence: Sequence[float]) -> float:
    """Expected calibration error over ten bins of equal width."""
    error = 0.0
    for number in range(BINS):
        inside = [
            (hit, sure)
            for hit, sure in zip(right, confidence, strict=True)
            if number == min(int(sure * BINS), BINS - 1)
        ]
        hits, sum_of = sum(hit for hit, _ in inside), sum(sure for _, sure in inside)
        error += abs(hits - sum_of)
    return error / len(right) if right else float("nan")
