"""A small set's training sentences, a fifth held out at a time: what its few test messages cannot tell apart.

A test of a hundred or two moves by a point with one or two messages, and its authors may have written it with their own
system before them. Every training sentence is asked once here, by a model that has not learnt it.
"""

from __future__ import annotations

import random
from collections import defaultdict

from bench.nlu.sets import DataSet

FOLDS, SEED = 5, 2026
SMALL = ("corpus50", "library", "mariateguino")


def name(data: str) -> str:
    """What the results of a set's held-out sentences are kept under."""
    return f"{data}-held-out"


def folds(data: DataSet) -> tuple[DataSet, ...]:
    """Five sets that share the training sentences: each intent's are dealt in turn, an only one is always learnt."""
    by_intent: dict[str | None, list[int]] = defaultdict(list)
    for number, example in enumerate(data.train):
        by_intent[example.intent].append(number)
    chance, dealt = random.Random(SEED), 0
    fold_of: dict[int, int] = {}
    for numbers in by_intent.values():
        chance.shuffle(numbers)
        for number in numbers if len(numbers) > 1 else ():
            fold_of[number] = dealt % FOLDS
            dealt += 1
    return tuple(_fold(data, fold, fold_of) for fold in range(FOLDS))


def _fold(data: DataSet, fold: int, fold_of: dict[int, int]) -> DataSet:
    learnt = tuple(one for number, one in enumerate(data.train) if fold_of.get(number) != fold)
    asked = tuple(one for number, one in enumerate(data.train) if fold_of.get(number) == fold)
    return DataSet(f"{name(data.id)}-{fold}", data.title, learnt, (), asked)
