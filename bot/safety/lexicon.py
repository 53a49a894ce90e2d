"""From a word as typed to the forms that rules use: same sound, one letter wrong, a diminutive, two words in one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.text.folding import key
from bot.text.normaliser import bones, expand, is_bare, is_within, one_edit
from bot.text.tables import tables

_LONGEST = 40
_SHORTEST_GUESS = 5
_PREFIXES = ("nose", "me", "se", "no", "mi", "le", "nos", "de", "la", "el")
_SHORTEST_STEM = 3
_CACHE = 50_000
_YEAR, _CENTURIES = "####", ("19", "20")
_SMALL = re.compile(r"(?:(?:e?[csz])?it|(?:i?s|z)im|ill)[oa]s?$")


@dataclass(frozen=True)
class Heard:
    """One spoken word: the forms it may be; `guessed` when a letter had to be mended."""

    forms: tuple[str, ...]
    guessed: bool = False


class Lexicon:
    """All forms that rules know, found by sound. `guessable`: those that one wrong letter may still mean."""

    def __init__(self, forms: Iterable[str], guessable: Iterable[str], real_words: frozenset[str]) -> None:
        self._forms = frozenset(forms)
        self._real = (real_words | tables().common_words) - self._forms
        self._sounds: dict[str, tuple[str, ...]] = {}
        for form in sorted(self._forms):
            self._sounds[key(form)] = (*self._sounds.get(key(form), ()), form)
        self._bones: dict[str, list[str]] = {}
        for form in sorted(self._forms):
            self._bones.setdefault(bones(form), []).append(form)
        self._near: dict[str, set[str]] = {}
        for form in guessable:
            sound = key(form)
            if len(sound) >= _SHORTEST_GUESS:
                for shorter in _deletions(sound):
                    self._near.setdefault(shorter, set()).add(sound)
        self._cache: dict[str, tuple[Heard, ...]] = {}

    def hear(self, word: str) -> tuple[Heard, ...]:
        """What one folded word says; a word that no rule knows is one Heard without forms."""
        heard = self._cache.get(word)
        if heard is None:
            heard = self._hear(word[:_LONGEST])
            if len(self._cache) < _CACHE:
                self._cache[word] = heard
        return heard

    def _hear(self, word: str) -> tuple[Heard, ...]:
        if word[0].isdigit():
            return (self._number(word),)
        if word in self._forms:
            return (Heard(self._same_sound(word)),)
        return tuple(heard for part in expand(word) for heard in self._part(part))

    def _part(self, word: str) -> tuple[Heard, ...]:
        if self._is_real(word):
            return (Heard(()),)
        same = self._same_sound(word) or self._plain(word)
        if same:
            return (Heard(same),)
        return self._split(word) or (self._guess(word),)

    def _is_real(self, word: str) -> bool:
        """A word that means something else, or its plural."""
        singulars = (word, word.removesuffix("s"), word.removesuffix("es"))
        return word not in self._forms and not self._real.isdisjoint(singulars)

    def _same_sound(self, word: str) -> tuple[str, ...]:
        """Double letters do not sound, but `pero` is not `perro`."""
        forms = self._sounds.get(key(word), ())
        return tuple(form for form in forms if ("rr" in form) == ("rr" in word)) or forms

    def _plain(self, word: str) -> tuple[str, ...]:
        """The forms of a word without its diminutive: `liquidito` is `liquido`, `hinchadisima` is `hinchada`."""
        stem, number = _SMALL.subn("", word)
        if not number or len(stem) < _SHORTEST_STEM:
            return ()
        plural = "s" if word.endswith("s") else ""
        ends = (word.rstrip("s")[-1], "o", "a", "e", "", "io", "ia")
        found = (self._sounds.get(key(stem + end + plural)) for end in ends)
        return next((forms for forms in found if forms), ())

    def _number(self, word: str) -> Heard:
        whole = word.replace(",", ".").split(".")[0]
        year = (_YEAR,) if len(whole) == len(_YEAR) and whole[:2] in _CENTURIES else ()
        forms = ("#", whole, *year) if whole.isdigit() else (word,)
        return Heard(tuple(form for form in forms if form in self._forms))

    def _split(self, word: str) -> tuple[Heard, ...]:
        for prefix in _PREFIXES:
            rest = word[len(prefix) :]
            if len(rest) >= 4 and word.startswith(prefix):
                known = (rest,) if rest in self._forms else self._sounds.get(key(rest), ())
                if known and len(known[0]) >= 4:
                    parts = ("no", "se") if prefix == "nose" else (prefix,)
                    return (*(Heard((part,)) for part in parts), Heard(known))
        return ()

    def _guess(self, word: str) -> Heard:
        """One letter wrong, or the vowels left out: `pga` may be `pega` or `paga`."""
        found = (*self._one_letter_wrong(word), *self._with_vowels(word))
        return Heard(found, guessed=bool(found))

    def _with_vowels(self, word: str) -> Iterator[str]:
        if is_bare(word):
            fits = (form for form in self._bones.get(bones(word), ()) if form[0] == word[0] and not is_bare(form))
            yield from (form for form in fits if is_within(word, form))

    def _one_letter_wrong(self, word: str) -> Iterator[str]:
        sound = key(word)
        if len(sound) < _SHORTEST_GUESS - 1 or any(letter.isdigit() for letter in sound):
            return
        near = set(self._near.get(sound, ()))
        for shorter in _deletions(sound):
            near.update(self._near.get(shorter, ()))
            if len(shorter) >= _SHORTEST_GUESS and shorter in self._sounds:
                near.add(shorter)
        found = sorted(other for other in near if one_edit(sound, other) and _alike(sound, other))
        yield from (form for other in found for form in self._sounds[other])


def _alike(sound: str, other: str) -> bool:
    """People miss letters inside a word far more than the first one."""
    return sound[0] == other[0] or sound == other[1:] or sound[1:] == other or sound[:2] == other[1::-1]


def _deletions(sound: str) -> set[str]:
    return {sound[:at] + sound[at + 1 :] for at in range(len(sound))}
