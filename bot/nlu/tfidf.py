"""N-grams as numbers: each family of features a TF-IDF row of unit length, weighted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bot.nlu.features import BLOCKS

Features = dict[str, Counter[str]]
Row = tuple[np.ndarray, np.ndarray]  # column numbers and values

# a feature seen once in this many sentences teaches nothing
MANY = 500


@dataclass(frozen=True)
class Tfidf:
    """`columns` names the columns as "<block>:<feature>"; a feature without one is passed over."""

    columns: dict[str, int]
    idf: np.ndarray  # (features,)

    @classmethod
    def learn(cls, documents: Sequence[Features]) -> Tfidf:
        seen: Counter[str] = Counter()
        for found in documents:
            seen.update(f"{name}:{gram}" for name, counts in found.items() for gram in counts)
        least = 2 if len(documents) > MANY else 1
        names = sorted(name for name, count in seen.items() if count >= least)
        idf = np.log((1 + len(documents)) / (1 + np.array([seen[name] for name in names], dtype=float))) + 1.0
        return cls({name: column for column, name in enumerate(names)}, idf)

    def row(self, found: Features) -> Row:
        """Sparse row of a text, each block of unit length times its weight."""
        index: list[int] = []
        parts: list[np.ndarray] = []
        for block in BLOCKS:
            columns = self._by_block[block.name]
            known = [(columns[gram], n) for gram, n in found.get(block.name, {}).items() if gram in columns]
            if not known:
                continue
            numbers, times = zip(*known, strict=True)
            values = (1.0 + np.log(times)) * self.idf[np.array(numbers)]
            parts.append((block.weight / np.linalg.norm(values)) * values)
            index.extend(numbers)
        return np.array(index, dtype=np.int64), np.concatenate(parts) if parts else np.zeros(0)

    @cached_property
    def _by_block(self) -> dict[str, dict[str, int]]:
        """The columns of each block by feature: joining both names for every look-up takes half of `row`'s time."""
        columns: dict[str, dict[str, int]] = {block.name: {} for block in BLOCKS}
        for name, column in self.columns.items():
            block, _, gram = name.partition(":")
            columns[block][gram] = column
        return columns

    def matrix(self, rows: Sequence[Row]) -> Any:
        """The rows as scikit-learn wants them: (n, features), scipy's CSR."""
        from scipy.sparse import csr_matrix

        ends = np.cumsum([0, *(len(index) for index, _ in rows)])
        values, index = np.concatenate([v for _, v in rows]), np.concatenate([i for i, _ in rows])
        return csr_matrix((values, index, ends), shape=(len(rows), len(self.columns)))
