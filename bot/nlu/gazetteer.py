"""Names of procedures, kinds of report and services, found on repaired words.

Names as they are, with spaCy's phrase matcher; what people say instead of a name, with `bot.nlu.wordings`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import spacy
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extractOne
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.nlu.wordings import Wordings
from bot.text import fold, words

# people say "acta nacimiento", "un acta de mi matrimonio"
FILLERS = frozenset(
    [
        "de",
        "del",
        "la",
        "el",
        "las",
        "los",
        "un",
        "una",
        "unos",
        "unas",
        "mi",
        "mis",
        "su",
        "sus",
        "tu",
        "tus",
        "para",
        "por",
        "al",
        "en",
        "ese",
        "esa",
        "este",
        "esta",
    ]
)
# words around a name in "y para el de matrimonio?"
AROUND = frozenset(["y", "e", "o", "pero", "ahora", "tambien", "entonces", "ok", "si", "sobre", "ese", "eso"])
SHORTEST_TYPO = 5
SHORTEST_TELLING = 3  # "a", "lo" and "se" make a name no more telling
SURE = 0.5  # an intent less probable does not say what a message is about
LONGEST, LONGEST_NAME = 120, 20  # words of a message that are read, and of one that may be only a name
REMEMBERED = 20_000  # words whose repair is kept
OTHER = "_"  # stands for every word of no name: spaCy's vocabulary keeps what it has once read, names of people too

Uses = Mapping[str, Mapping[str, Collection[str]] | None]  # intent -> entity -> ids that it prefers


@dataclass(frozen=True)
class Name:
    """One way people name an id of an entity, or a wording that means it."""

    entity: str
    id: str
    text: str


def stem(word: str) -> str:
    """Plural to singular, crudely: both sides of a comparison go through it."""
    if len(word) > 4 and word.endswith("es") and word[-3] not in "aeiou":
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


def content(text: str) -> list[str]:
    """The words that name something, singular."""
    return [stem(word) for word in words(text) if word not in FILLERS]


def useful(named: Mapping[str, Sequence[str]], intent: str, confidence: float, uses: Uses) -> dict[str, str]:
    """The names for which an intent has a use: the water of "se me rompió la fuente" is no utility.

    `named`: entity -> ids, what says most first. All of them where the intent is doubtful or `uses` says nothing of
    it. Of several ids the one that the intent prefers: "corregir mi acta de divorcio" asks about the divorce.
    """
    wanted = uses.get(intent)
    if wanted is None or confidence < SURE:
        return {entity: ids[0] for entity, ids in named.items()}
    return {entity: _preferred(ids, wanted[entity]) for entity, ids in named.items() if entity in wanted}


def _preferred(ids: Sequence[str], wanted: Collection[str]) -> str:
    return next((key for key in ids if key in wanted), ids[0])


@dataclass(frozen=True)
class _Found:
    """A name or wording in a message: how good it is compared with others, and which words it takes, as a mask."""

    name: Name
    rank: tuple[int, bool, int, int]
    places: int


class Gazetteer:
    """Finds what a text names: the most words win, a name before a wording; a word with one slip still counts.

    `known` are words that are right as they are: "porque" is not a slip of "parque". Without `mend` no slip counts.
    """

    def __init__(
        self, names: Iterable[Name], known: Iterable[str] = (), mend: bool = True, wordings: Iterable[Name] = ()
    ) -> None:
        self._mend = mend
        self._vocab = spacy.blank("es").vocab
        self._matcher = PhraseMatcher(self._vocab)
        self._names: dict[str, tuple[Name, int, str]] = {}
        for number, name in enumerate(names):
            tokens = content(name.text)
            if tokens:
                telling = sum(len(token) >= SHORTEST_TELLING for token in tokens)
                self._names[str(number)] = (name, telling, f" {fold(name.text)} ")
                self._matcher.add(str(number), [Doc(self._vocab, words=tokens)])
        self._worded = tuple(wordings)
        self._wordings = Wordings((wording.text for wording in self._worded), stem, FILLERS)
        self._named = {word for name, *_ in self._names.values() for word in content(name.text)}
        self._words = sorted(self._named | self._wordings.words)
        self._known = {stem(word) for word in known} | set(self._words)
        self._in_names = FILLERS | AROUND | set(self._words)
        self._repaired = lru_cache(REMEMBERED)(self._repair)

    def find(self, normalised: str) -> Mapping[str, Sequence[str]]:
        """Entity -> ids, what says most first; what another says with these words and more is left out."""
        named: dict[str, list[_Found]] = {}
        all_found = self._all(self._said(normalised)[:LONGEST], f" {normalised.replace('?', ' ')} ")
        for found in sorted(all_found, key=lambda one: one.rank, reverse=True):
            better = named.setdefault(found.name.entity, [])
            if all(found.places & ~other.places for other in better):
                better.append(found)
        return {entity: list(dict.fromkeys(one.name.id for one in some)) for entity, some in named.items()}

    def only_names(self, normalised: str) -> bool:
        """True when a text names something and says nothing besides."""
        said = self._said(normalised)[:LONGEST_NAME]
        if not self._in_names.issuperset(said):
            return False
        covered = 0
        for found in self._all(said, ""):
            covered |= found.places
        return bool(covered) and all(
            covered >> at & 1 or word in AROUND or word in FILLERS for at, word in enumerate(said)
        )

    def _said(self, normalised: str) -> list[str]:
        return [word if word in FILLERS else self._repaired(stem(word)) for word in words(normalised)]

    def _all(self, said: list[str], text: str) -> Iterator[_Found]:
        kept = [at for at, word in enumerate(said) if word not in FILLERS]
        known = [said[at] if said[at] in self._named else OTHER for at in kept]
        for key, start, end in self._matcher(Doc(self._vocab, words=known)) if set(known) - {OTHER} else ():
            name, telling, whole = self._names[self._vocab.strings[key]]
            # "la de matrimonio" is the certificate, "matrimonio" the wedding
            rank = (telling, True, len(whole) if whole in text else 0, -kept[start])
            yield _Found(name, rank, sum(1 << at for at in kept[start:end]))
        for number, telling, places in self._wordings.find(said):
            first = (places & -places).bit_length() - 1
            yield _Found(self._worded[number], (telling, False, 0, -first), places)

    def _repair(self, word: str) -> str:
        if not self._mend or word in self._known or len(word) < SHORTEST_TYPO:
            return word
        near = extractOne(word, self._words, scorer=DamerauLevenshtein.distance, score_cutoff=1)
        return near[0] if near else word
