"""Words and character n-grams of a message: the columns of the linear classifier.

Both spellings are read: the raw one keeps what the normaliser may have spoilt, the repaired one gathers the
variants of a word. Character n-grams of one to five letters carry most of the robustness against typos.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.text import fold, words

# a text longer than this says nothing new about its intent, and hostile ones reach a megabyte
MAX_WORDS = 60
MAX_LETTERS = 24

Pieces = dict[str, list[str]]  # block -> what its n-grams are of


class Block(NamedTuple):
    """A family of features that is weighted and normalised on its own.

    Its features are n-grams of each piece, of the fewest to the most `letters`; None: the pieces themselves.
    """

    name: str
    weight: float
    letters: tuple[int, int] | None = None

    def grams(self, piece: str) -> Sequence[str]:
        """The features that one piece has, as often as it has them."""
        if self.letters is None:
            return (piece,)
        padded, (low, high) = f" {piece} ", self.letters
        return [
            padded[start : start + size]
            for size in range(low, high + 1)
            for start in range(max(1, len(padded) - size + 1))
        ]


WORDS, RAW, REPAIRED = Block("w", 1.0), Block("r", 1.0, (1, 4)), Block("n", 1.0, (2, 5))
BLOCKS = (WORDS, RAW, REPAIRED)


def pieces(text: str, normalised: str) -> Pieces:
    """Per block: repaired words and pairs of them, raw words, repaired words."""
    raw, repaired = _words(fold(text[:4000])), _words(normalised[:4000])
    pairs = (f"{first} {second}" for first, second in pairwise(["<", *repaired, ">"]))
    return {WORDS.name: [*repaired, *pairs], RAW.name: raw, REPAIRED.name: repaired}


def _words(text: str) -> list[str]:
    return [word[:MAX_LETTERS] for word in words(text)[:MAX_WORDS]]
