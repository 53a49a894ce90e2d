"""An opinion on an intent: a linear support vector machine over TF-IDF n-grams, and sentence vectors beside them.

Training is scikit-learn's, prediction is numpy alone: look-ups in a dictionary and the weight rows of the features
found, about 0.15 ms a message. Kept as npz and json, so that loading a model can run no code.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.nlu.features import BLOCKS, features

Features = dict[str, Counter[str]]
Row = tuple[np.ndarray, np.ndarray]

# a feature seen once in this many sentences teaches nothing
MANY = 500
# a sentence vector weighs this many times as much as a family of n-grams
VECTOR_WEIGHT = 2.0


@dataclass(frozen=True)
class Linear:
    """Weights over TF-IDF features; `columns` names the rows of `weights` as "<block>:<feature>"."""

    classes: tuple[str, ...]
    columns: dict[str, int]
    idf: np.ndarray  # (features,)
    weights: np.ndarray  # (features, classes), float32
    bias: np.ndarray  # (classes,)
    dense: np.ndarray  # (width of a sentence vector, classes), float32; without rows where none is read

    def margins(self, text: str, normalised: str, sentence: np.ndarray | None = None) -> np.ndarray:
        """(classes,): how far a message is on the side of each intent."""
        index, values = vector(features(text, normalised), self.columns, self.idf)
        margins: np.ndarray = self.bias.copy()
        if len(index):
            margins += values @ self.weights[index]
        if sentence is not None:
            margins += VECTOR_WEIGHT * (sentence @ self.dense)
        return margins

    def save(self, folder: Path) -> None:
        """Write `weights.npz` and `columns.json` into a folder, made if need be."""
        folder.mkdir(exist_ok=True)
        np.savez_compressed(
            folder / "weights.npz", idf=self.idf, weights=self.weights, bias=self.bias, dense=self.dense
        )
        names = sorted(self.columns, key=self.columns.__getitem__)
        text = json.dumps({"classes": self.classes, "columns": names}, ensure_ascii=False)
        (folder / "columns.json").write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Linear:
        """Read what `save` wrote. Raises OSError or ValueError when it is not there or not that."""
        names = json.loads((folder / "columns.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            kept = {name: arrays[name] for name in ("idf", "weights", "bias", "dense")}
        columns = {name: row for row, name in enumerate(names["columns"])}
        return cls(tuple(names["classes"]), columns, **kept)


def vector(found: Features, columns: dict[str, int], idf: np.ndarray) -> Row:
    """Sparse TF-IDF row: column numbers and values, each block of unit length times its weight."""
    index: list[int] = []
    parts: list[np.ndarray] = []
    for block in BLOCKS:
        counts = found.get(block.name, {})
        known = [
            (columns[key], n) for key, n in ((f"{block.name}:{g}", n) for g, n in counts.items()) if key in columns
        ]
        if not known:
            continue
        rows = [row for row, _ in known]
        values = (1.0 + np.log([n for _, n in known])) * idf[rows]
        parts.append((block.weight / np.linalg.norm(values)) * values)
        index.extend(rows)
    return np.array(index, dtype=np.int64), np.concatenate(parts) if parts else np.zeros(0)


def fit(
    pairs: Sequence[tuple[str, str]], labels: Sequence[str], strength: float, blocks: Sequence[str],
    vectors: np.ndarray | None = None,
) -> Linear:  # fmt: skip
    """Fit to (text, repaired text) pairs, reading these blocks of features, and `vectors` (n, width) where given.

    `strength` is scikit-learn's C. A support vector machine trains in seconds where logistic regression takes a minute,
    and is a point more accurate on our sentences. Raises ValueError for fewer than two intents.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    documents = [{name: counts for name, counts in features(*pair).items() if name in blocks} for pair in pairs]
    columns, idf = _columns(documents, least=2 if len(documents) > MANY else 1)
    matrix = _matrix([vector(found, columns, idf) for found in documents], len(columns))
    if vectors is not None:
        matrix = hstack([matrix, csr_matrix(VECTOR_WEIGHT * vectors)]).tocsr()
    machine = LinearSVC(C=strength, class_weight="balanced", random_state=0, tol=0.01).fit(matrix, np.array(labels))
    weights, bias = _both_ways(machine.coef_, machine.intercept_)
    turned = np.ascontiguousarray(weights.T, dtype=np.float32)
    sparse, dense = turned[: len(columns)], turned[len(columns) :]
    return Linear(tuple(map(str, machine.classes_)), columns, idf, sparse, bias, dense)


def _columns(documents: Sequence[Features], least: int) -> tuple[dict[str, int], np.ndarray]:
    seen: Counter[str] = Counter()
    for found in documents:
        seen.update(f"{name}:{gram}" for name, counts in found.items() for gram in counts)
    names = sorted(name for name, count in seen.items() if count >= least)
    idf = np.log((1 + len(documents)) / (1 + np.array([seen[name] for name in names], dtype=float))) + 1.0
    return {name: row for row, name in enumerate(names)}, idf


def _matrix(rows: Sequence[Row], width: int) -> Any:
    from scipy.sparse import csr_matrix

    ends = np.cumsum([0, *(len(index) for index, _ in rows)])
    values, index = np.concatenate([v for _, v in rows]), np.concatenate([i for i, _ in rows])
    return csr_matrix((values, index, ends), shape=(len(rows), width))


def _both_ways(weights: np.ndarray, bias: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn keeps one row for two classes; we keep one for each."""
    if len(weights) > 1:
        return weights, bias
    return np.vstack([-weights, weights]), np.concatenate([-bias, bias])
