"""Words and character n-grams of a message: the columns of the linear classifier.

Both spellings are read: the raw one keeps what the normaliser may have spoilt, the repaired one gathers the
variants of a word. Character n-grams of one to five letters carry most of the robustness against typos. The beginnings
of two words that stand near each other tell what neither says alone: "acta ... llega" asks for a state, "acta ...
cuesta" for a price.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bot.text import fold, words

# a text longer than this says nothing new about its intent, and hostile ones reach a megabyte
MAX_WORDS = 60
MAX_LETTERS = 24
# words are near within so many words, and begin with so many letters
NEAR, BEGINNING = 7, 4

Pieces = dict[str, list[str]]  # block -> what its n-grams are of


class Block(NamedTuple):
    """A family of features that is weighted and normalised on its own.

    Its features are n-grams of each piece, of the fewest to the most `letters`; None: the pieces themselves. At
    `least` so many sentences must have a feature, where many are learnt; `of_few`: one is enough where few are, and
    otherwise the family is left out there.
    """

    name: str
    weight: float
    letters: tuple[int, int] | None = None
    least: int = 2
    of_few: bool = True

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
TOGETHER = Block("t", 1.0, least=8, of_few=False)
BLOCKS = (WORDS, TOGETHER, RAW, REPAIRED)  # those of whole words first


def pieces(text: str, normalised: str) -> Pieces:
    """Per block: repaired words and pairs of them, raw words, repaired words, beginnings of words near each other."""
    raw, repaired = _words(fold(text[:4000])), _words(normalised[:4000])
    pairs = (f"{first} {second}" for first, second in pairwise(["<", *repaired, ">"]))
    found = {WORDS.name: [*repaired, *pairs], RAW.name: raw, REPAIRED.name: repaired}
    return {**found, TOGETHER.name: _near_each_other([word[:BEGINNING] for word in repaired])}


def _near_each_other(beginnings: list[str]) -> list[str]:
    return [
        f"{first}+{second}"
        for place, first in enumerate(beginnings)
        for second in beginnings[place + 1 : place + 1 + NEAR]
    ]


def _words(text: str) -> list[str]:
    return [word[:MAX_LETTERS] for word in words(text)[:MAX_WORDS]]
