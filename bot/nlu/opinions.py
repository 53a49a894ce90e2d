"""Three ways to look at a message: all features, words beside a sentence vector, and the vector's neighbours.

The second is given no letters on purpose: it errs otherwise than the first then, and the two together err less.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.nlu import linear, neighbours
from bot.nlu.features import pieces
from bot.nlu.linear import Linear
from bot.nlu.neighbours import Neighbours
from bot.nlu.tfidf import Row, Tfidf

ARRAYS, COLUMNS = "opinions.npz", "columns.json"
# where fewer sentences are learnt, the second opinion needs letters too: most of a hurried message's words are new
PLENTY = 20_000
Pair = tuple[str, str]  # a text as written, and with its spelling repaired


@dataclass(frozen=True)
class Opinions:
    """`second` and `third` read a sentence vector; None where none is read. Classes are in alphabetical order."""

    tfidf: Tfidf
    first: Linear
    second: Linear | None = None
    third: Neighbours | None = None

    @classmethod
    def learn(
        cls, pairs: Sequence[Pair], labels: Sequence[str], blocks: Sequence[str], strength: float,
        vectors: np.ndarray | None,
    ) -> Opinions:  # fmt: skip
        """Fit all of them, reading these blocks of features and the `vectors` (n, width) of the repaired texts.

        Raises ValueError for fewer than two labels.
        """
        documents = [{name: found for name, found in pieces(*pair).items() if name in blocks} for pair in pairs]
        tfidf = Tfidf.learn(documents)
        matrix = tfidf.matrix([tfidf.row(found) for found in documents])
        first = linear.fit(matrix, labels, strength)
        if vectors is None:
            return cls(tfidf, first)
        columns = tfidf.whole_words if len(labels) > PLENTY else matrix.shape[1]
        second = linear.fit(matrix[:, :columns], labels, strength, vectors)
        return cls(tfidf, first, second, neighbours.fit(vectors, labels))

    def row(self, pair: Pair) -> Row:
        """What the first opinion reads of a message."""
        return self.tfidf.row(pieces(*pair))

    def all(self, row: Row, vector: np.ndarray | None) -> np.ndarray:
        """(opinions, classes): the margins of each, of the first alone where there is no vector."""
        margins = [self.first.margins(row)]
        if self.second and self.third and vector is not None:
            margins += [self.second.margins(row, vector), self.third.margins(vector)]
        return np.array(margins)

    def save(self, folder: Path) -> None:
        """Write the arrays and the names of the columns into a folder."""
        parts = {"first": self.first, "second": self.second, "third": self.third}
        arrays = {f"{name}.{each}": array for name, part in parts.items() if part for each, array in vars(part).items()}
        np.savez_compressed(folder / ARRAYS, idf=self.tfidf.idf, **arrays)
        (folder / COLUMNS).write_text(json.dumps(list(self.tfidf.columns), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Opinions:
        """Read what `save` wrote. Raises OSError or ValueError when it is not there or not that."""
        names = json.loads((folder / COLUMNS).read_text(encoding="utf-8"))
        with np.load(folder / ARRAYS, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        tfidf = Tfidf({name: column for column, name in enumerate(names)}, arrays["idf"])
        first, second, third = (_part(arrays, name) for name in ("first", "second", "third"))
        return cls(tfidf, Linear(**first), Linear(**second) if second else None, Neighbours(**third) if third else None)


def _part(arrays: Mapping[str, np.ndarray], name: str) -> dict[str, np.ndarray]:
    return {key.partition(".")[2]: array for key, array in arrays.items() if key.startswith(f"{name}.")}
