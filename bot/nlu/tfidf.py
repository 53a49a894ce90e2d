"""N-grams as numbers: each family of features a TF-IDF row of unit length, weighted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from bot.nlu.features import BLOCKS, Block, Pieces

Row = tuple[np.ndarray, np.ndarray]  # column numbers and values
_Finder = Callable[[Sequence[str]], list[np.ndarray]]

# more sentences than these are many
MANY = 500
# people say the same words again and again: looking up the n-grams of each costs more than all the arithmetic
REMEMBERED = 20_000
WEIGHTS = np.array([block.weight for block in BLOCKS])
NOTHING = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Tfidf:
    """`columns` are named "<block>:<feature>", in the order of BLOCKS; a feature without one is passed over."""

    columns: dict[str, int]
    idf: np.ndarray  # (features,)

    @classmethod
    def learn(cls, documents: Sequence[Pieces]) -> Tfidf:
        names, counts = list[str](), list[int]()
        for block in BLOCKS:
            seen = _documents_with(block, documents)
            least = block.least if len(documents) > MANY else 1
            kept = sorted(gram for gram, count in seen.items() if count >= least)
            names += (f"{block.name}:{gram}" for gram in kept)
            counts += (seen[gram] for gram in kept)
        idf = np.log((1 + len(documents)) / (1 + np.array(counts, dtype=float))) + 1.0
        return cls({name: column for column, name in enumerate(names)}, idf)

    def row(self, found: Pieces) -> Row:
        """Sparse row of a text, each block of unit length times its weight; columns in ascending order."""
        met = [columns for name, known in self._known for columns in known(found.get(name, ()))]
        columns, times = np.unique(np.concatenate(met) if met else NOTHING, return_counts=True)
        values = (1.0 + np.log(times)) * self.idf[columns]
        block = self._block[columns]
        lengths = np.sqrt(np.bincount(block, values * values, minlength=len(BLOCKS)))
        return columns, values * (WEIGHTS[block] / lengths[block])

    @property
    def whole_words(self) -> int:
        """How many columns are of whole words: the first ones."""
        return sum(BLOCKS[number].letters is None for number in self._block)

    @cached_property
    def _known(self) -> tuple[tuple[str, _Finder], ...]:
        """The name of each block, and what finds the columns of its pieces."""
        columns: dict[str, dict[str, int]] = {block.name: {} for block in BLOCKS}
        for name, column in self.columns.items():
            block, _, gram = name.partition(":")
            columns[block][gram] = column
        return tuple((block.name, _finder(block, columns[block.name])) for block in BLOCKS)

    @cached_property
    def _block(self) -> np.ndarray:
        """Of each column: the number of its block."""
        numbers = {block.name: number for number, block in enumerate(BLOCKS)}
        return np.array([numbers[name.partition(":")[0]] for name in self.columns], dtype=np.int8)

    def matrix(self, rows: Sequence[Row]) -> Any:
        """The rows as scikit-learn wants them: (n, features), scipy's CSR."""
        from scipy.sparse import csr_matrix

        ends = np.cumsum([0, *(len(index) for index, _ in rows)])
        values, index = np.concatenate([v for _, v in rows]), np.concatenate([i for i, _ in rows])
        return csr_matrix((values, index, ends), shape=(len(rows), len(self.columns)))


def _documents_with(block: Block, documents: Sequence[Pieces]) -> Counter[str]:
    """How many documents have each feature of a block."""
    if len(documents) <= MANY and not block.of_few:
        return Counter()
    grams = lru_cache(REMEMBERED)(lambda piece: frozenset(block.grams(piece)))
    seen: Counter[str] = Counter()
    for found in documents:
        seen.update(frozenset().union(*map(grams, found.get(block.name, ()))))
    return seen


def _finder(block: Block, columns: Mapping[str, int]) -> _Finder:
    def find(grams: Iterable[str]) -> np.ndarray:
        return np.array([columns[gram] for gram in grams if gram in columns], dtype=np.int64)

    if block.letters is None:
        return lambda pieces: [find(pieces)]
    remembered = lru_cache(REMEMBERED)(lambda piece: find(block.grams(piece)))
    return lambda pieces: [remembered(piece) for piece in pieces]
