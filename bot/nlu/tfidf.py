"""N-grams as numbers: each family of features a TF-IDF row of unit length, weighted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
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
            counts = found.get(block.name, {})
            known = [
                (self.columns[key], n)
                for key, n in ((f"{block.name}:{gram}", n) for gram, n in counts.items())
                if key in self.columns
            ]
            if not known:
                continue
            columns = [column for column, _ in known]
            values = (1.0 + np.log([n for _, n in known])) * self.idf[columns]
            parts.append((block.weight / np.linalg.norm(values)) * values)
            index.extend(columns)
        return np.array(index, dtype=np.int64), np.concatenate(parts) if parts else np.zeros(0)

    def matrix(self, rows: Sequence[Row]) -> Any:
        """The rows as scikit-learn wants them: (n, features), scipy's CSR."""
        from scipy.sparse import csr_matrix

        ends = np.cumsum([0, *(len(index) for index, _ in rows)])
        values, index = np.concatenate([v for _, v in rows]), np.concatenate([i for i, _ in rows])
        return csr_matrix((values, index, ends), shape=(len(rows), len(self.columns)))
