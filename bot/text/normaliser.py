"""Normalisation: from what people type to words that a classifier has seen.

`normalise` needs no vocabulary. `Normaliser` also mends unknown words, only toward the vocabulary it was given.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from bot.text.folding import fold, key, shorten_runs
from bot.text.numbers import digits
from bot.text.tables import tables

_TOKEN = re.compile(r"[a-z0-9ñ]+|\?")
_SLASHED = re.compile(r"\b([a-z])/ ?(?=([0-9])?)")
_LONGEST_WORD = 40
_SHORTEST_MENDED = 5
_VOWELS = re.compile(r"[aeiou]")
_BARE = re.compile(r"(?!(?:ll|ch|[pbtdcgfk]r|[pbcgfk]l)[aeiou]$)[^aeiou]{2,}[aeiou]?")  # but "pro" and "lla"
_SHORTEST_BARE = 3
_CACHE = 50_000


def normalise(text: str) -> str:
    """Folded words with abbreviations, emoji, laughter and number words written out; of punctuation only `?`."""
    return " ".join(digits(list(_expanded(text))))


@lru_cache(maxsize=_CACHE)
def expand(word: str) -> tuple[str, ...]:
    """One folded word -> the words it stands for."""
    known = tables().abbreviations
    if word in known:
        return known[word]
    short = shorten_runs(word[:_LONGEST_WORD])
    if short in known:
        return known[short]
    return (_laughter(short),)


def _expanded(text: str) -> Iterator[str]:
    for token in _TOKEN.findall(spell_signs(fold(text))):
        yield from expand(token)


@lru_cache(maxsize=1)
def _emoji_pattern() -> re.Pattern[str]:
    return re.compile("|".join(re.escape(symbol) for symbol in tables().emoji))


def spell_signs(folded: str) -> str:
    """Known emoji of a folded text as words, and what a clinic writes: `s/ fiebre`, `c/ sangrado`, `c/8 h`."""
    spelt = _SLASHED.sub(_slashed, folded) if "/" in folded else folded
    if spelt.isascii():
        return spelt
    return _emoji_pattern().sub(lambda found: tables().emoji[found[0]], spelt)


def _slashed(found: re.Match[str]) -> str:
    known = tables().slashed
    meant = (found[2] and known.get(f"{found[1]}/#")) or known.get(f"{found[1]}/")
    return f"{meant} " if meant else found[0]


def _laughter(word: str) -> str:
    if len(word) >= 4 and word[:2] in tables().laughter and set(word) <= set(word[:2]):
        return word[:2] * 2
    return word


@lru_cache(maxsize=1)
def _question_starts() -> tuple[str, ...]:
    return tuple(sorted(tables().questions, key=len, reverse=True))


def looks_like_question(text: str) -> bool:
    """Whether a message asks: a question mark, or it begins as questions do. A lone `si` does not."""
    if "?" in text or "¿" in text:
        return True
    said = normalise(text)
    return any(said == start or said.startswith(start + " ") for start in _question_starts() if start != "si")


class Normaliser:
    """Normalises, and mends unknown words toward `vocabulary`: same sound first, then one letter wrong.

    Give the words as often as they occur: where two spellings sound alike, the one that is far more frequent wins.
    """

    def __init__(self, vocabulary: Iterable[str]) -> None:
        counts = Counter(word for entry in vocabulary for word in fold(entry).split())
        self._counts = counts
        self._known = set(counts) | tables().common_words
        self._sounds: dict[str, str] = {}
        for word, _ in counts.most_common():
            self._sounds.setdefault(key(word), word)
        self._bones: dict[str, list[str]] = {}
        for word, _ in counts.most_common():
            self._bones.setdefault(bones(word), []).append(word)
        self._near: dict[str, list[str]] = {}
        for sound in self._sounds:
            for shorter in _deletions(sound):
                self._near.setdefault(shorter, []).append(sound)
        self._mended: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The normalised text with unknown words mended."""
        return " ".join(digits([self.word(word) for word in _expanded(text)]))

    def word(self, word: str) -> str:
        """The word of the vocabulary that a folded word is meant to be, or the word itself."""
        mended = self._mended.get(word)
        if mended is None:
            mended = word if word in self._known and not self._is_variant(word) else self._mend(word)
            if len(self._mended) < _CACHE:
                self._mended[word] = mended
        return mended

    def _is_variant(self, word: str) -> bool:
        """A misspelling that examples contain on purpose: its sound has a far commoner spelling."""
        if word in tables().common_words or len(word) < 4:
            return False
        if is_bare(word) and (meant := self._with_vowels(word)):
            return self._counts[meant] >= 3 * self._counts[word]
        usual = self._sounds.get(key(word), word)
        return usual != word and self._counts[usual] >= 3 * self._counts[word]

    def _mend(self, word: str) -> str:
        if word.isdigit() or len(word) < 3:
            return word
        if is_bare(word) and (meant := self._with_vowels(word)):
            return meant
        sound = key(word)
        if sound in self._sounds:
            return self._sounds[sound]
        if len(sound) < _SHORTEST_MENDED or any(letter.isdigit() for letter in word):
            return word
        near = self._neighbours(sound)
        return self._sounds[max(near, key=lambda other: self._rank(sound, other))] if near else word

    def _with_vowels(self, word: str) -> str | None:
        """`rgstrr` -> `registrar`: the commonest word of these consonants that has the vowels written."""
        fits = (other for other in self._bones.get(bones(word), ()) if not is_bare(other))
        return next((other for other in fits if is_within(word, other)), None)

    def _neighbours(self, sound: str) -> set[str]:
        shorter = _deletions(sound)
        found = set(self._near.get(sound, ()))
        for variant in shorter:
            if variant in self._sounds:
                found.add(variant)
            found.update(self._near.get(variant, ()))
        return {other for other in found if len(other) >= _SHORTEST_MENDED - 1 and one_edit(sound, other)}

    def _rank(self, sound: str, other: str) -> tuple[int, int]:
        closeness = (sound[0] == other[0]) + (sorted(sound) == sorted(other)) + (sound[-1] == other[-1])
        return closeness, self._counts[self._sounds[other]]


def bones(word: str) -> str:
    """The consonants of a word."""
    return _VOWELS.sub("", word)


def is_bare(word: str) -> bool:
    """Whether somebody who saves vowels wrote it: `prsna`, `csa`, `infrmcn`. Hardly a Spanish word looks like that."""
    if len(word) < _SHORTEST_BARE or not word.isalpha():
        return False
    return _BARE.fullmatch(word) is not None or 3 * len(_VOWELS.findall(word)) < len(word) - 1


def is_within(word: str, other: str) -> bool:
    """Whether the letters of `word` stand in `other`, in their order."""
    letters = iter(other)
    return all(letter in letters for letter in word)


def _deletions(sound: str) -> set[str]:
    """The sound with each letter left out; words too short to be mended have none."""
    if len(sound) < _SHORTEST_MENDED:
        return set()
    return {sound[:at] + sound[at + 1 :] for at in range(len(sound))}


def one_edit(one: str, other: str) -> bool:
    """Whether two words differ by one letter added, dropped or changed, or two neighbours swapped."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1:
        return False
    at = 0
    while at < len(one) and one[at] == other[at]:
        at += 1
    if len(one) != len(other):
        return one[at:] == other[at + 1 :]
    swapped = other[at : at + 2] == one[at : at + 2][::-1] and one[at + 2 :] == other[at + 2 :]
    return one[at + 1 :] == other[at + 1 :] or swapped
