"""Below which confidence to refuse an answer, chosen on training sentences alone.

A fifth of the intents is taken away as if nobody had thought of them, and of the others a quarter of the sentences is
held out. The threshold is the one under which most of these are treated rightly, the unforeseen counting for a fifth.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

SEED, ROUNDS = 2026, 4
UNFORESEEN, HELD_OUT = 0.2, 0.25
FEW = 1500  # sentences; with more, the held-out ones are so sure that a threshold is not worth the training
GRID = np.arange(0.0, 0.95, 0.025)


class Ranks(Protocol):
    """A trained model."""

    def ranking(self, text: str, length: int) -> list[tuple[str, float]]: ...


def threshold(
    fit: Callable[[Sequence[str], Sequence[str]], Ranks], texts: Sequence[str], labels: Sequence[str]
) -> float:
    """The confidence; 0.0, which refuses nothing, where the sentences are many."""
    if len(texts) > FEW:
        return 0.0
    known: list[tuple[bool, float]] = []
    unforeseen: list[float] = []
    for number in range(ROUNDS):
        learnt, asked, gone = _split(labels, random.Random(f"{SEED}:{number}"))
        model = fit([texts[i] for i in learnt], [labels[i] for i in learnt])
        best = {i: model.ranking(texts[i], 1)[0] for i in (*asked, *gone)}
        known += [(best[i][0] == labels[i], best[i][1]) for i in asked]
        unforeseen += [best[i][1] for i in gone]
    return float(max(GRID, key=lambda lowest: _treated_rightly(lowest, known, unforeseen)))


def _split(labels: Sequence[str], chance: random.Random) -> tuple[list[int], list[int], list[int]]:
    """Numbers of the sentences to learn, of those to ask, and of those whose intent nobody thought of."""
    intents = sorted(set(labels))
    strange = set(chance.sample(intents, max(1, int(len(intents) * UNFORESEEN))))
    order = list(range(len(labels)))
    chance.shuffle(order)
    learnt, asked, gone, seen = [], [], [], set()
    for number in order:
        if labels[number] in strange:
            gone.append(number)
        elif labels[number] in seen and chance.random() < HELD_OUT:
            asked.append(number)
        else:
            seen.add(labels[number])
            learnt.append(number)
    return sorted(learnt), asked, gone


def _treated_rightly(lowest: float, known: Sequence[tuple[bool, float]], unforeseen: Sequence[float]) -> float:
    kept = sum(right and sure >= lowest for right, sure in known) / len(known)
    refused = sum(sure < lowest for sure in unforeseen) / len(unforeseen)
    return (1 - UNFORESEEN) * kept + UNFORESEEN * refused
