"""Words and character n-grams of a message: the columns of the linear classifier.

Both spellings are read: the raw one keeps what the normaliser may have spoilt, the repaired one gathers the
variants of a word. Character n-grams of one to five letters carry most of the robustness against typos.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from bot.text import fold, words

# a text longer than this says nothing new about its intent, and hostile ones reach a megabyte
MAX_WORDS = 60
MAX_LETTERS = 24


class Block(NamedTuple):
    """A family of features that is weighted and normalised on its own."""

    name: str
    weight: float


BLOCKS = (Block("w", 1.0), Block("r", 1.0), Block("n", 1.0))


def _words(text: str) -> list[str]:
    return [word[:MAX_LETTERS] for word in words(text)[:MAX_WORDS]]


def _char_grams(tokens: list[str], low: int, high: int) -> Iterator[str]:
    for token in tokens:
        padded = f" {token} "
        for size in range(low, high + 1):
            for start in range(max(1, len(padded) - size + 1)):
                yield padded[start : start + size]


def _word_grams(tokens: list[str]) -> Iterator[str]:
    bounded = ["<", *tokens, ">"]
    yield from tokens
    for first, second in pairwise(bounded):
        yield f"{first} {second}"


def features(text: str, normalised: str) -> dict[str, Counter[str]]:
    """Counts per block: `w` word 1-2-grams repaired, `r` raw characters 1-4, `n` repaired characters 2-5."""
    raw, repaired = _words(fold(text[:4000])), _words(normalised[:4000])
    return {
        "w": Counter(_word_grams(repaired)),
        "r": Counter(_char_grams(raw, 1, 4)),
        "n": Counter(_char_grams(repaired, 2, 5)),
    }
