"""Which words are right as they are: those of the packs, less the misspellings that examples contain on purpose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extractOne

from bot.text import key, words

# a variant of the same sound must be this many times rarer than the commonest to count as a misspelling
RARER = 3
# a word seen once, one slip away from one seen this often, is a slip
OFTEN = 8
SHORTEST_SLIP = 6


def vocabulary(sentences: Iterable[str], names: Iterable[str]) -> dict[str, int]:
    """Words of training sentences and of entity names, and how often they occur; what names contain is always right."""
    sure = {word for name in names for word in words(name)}
    counts = Counter(word for sentence in sentences for word in words(sentence))
    commonest: dict[str, int] = {}
    for word, count in counts.items():
        commonest[key(word)] = max(commonest.get(key(word), 0), count)
    for word in sure:
        commonest[key(word)] = max(commonest.get(key(word), 0), RARER * counts[word], RARER + 1)
    sound = {word for word, count in counts.items() if word in sure or count * RARER > commonest[key(word)]}
    frequent = sorted(word for word in sound if counts[word] >= OFTEN or word in sure)
    right = sure | {word for word in sound if not _slip(word, counts[word], frequent)}
    return {word: max(counts[word], RARER if word in sure else 1) for word in sorted(right)}


def _slip(word: str, count: int, frequent: list[str]) -> bool:
    if count > 1 or len(word) < SHORTEST_SLIP:
        return False
    near = extractOne(word, frequent, scorer=DamerauLevenshtein.distance, score_cutoff=1)
    # another ending is another form of the word
    return (
        near is not None
        and near[1] == 1
        and near[0][:-1] != word[:-1]
        and near[0] != word[:-1]
        and near[0][:-1] != word
    )
