"""Names of procedures, kinds of report and services, found with spaCy's phrase matcher on repaired words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import spacy
from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extractOne
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

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


@dataclass(frozen=True)
class Name:
    """One way people name an id of an entity."""

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


class Gazetteer:
    """Finds the names in a text; the longest wins, and a word with one slip still counts.

    `known` are words that are right as they are: "porque" is not a slip of "parque". Without `mend` no slip counts.
    """

    def __init__(self, names: Iterable[Name], known: Iterable[str] = (), mend: bool = True) -> None:
        self._mend = mend
        self._vocab = spacy.blank("es").vocab
        self._matcher = PhraseMatcher(self._vocab)
        self._ids: dict[str, tuple[Name, int, str]] = {}
        for number, name in enumerate(names):
            tokens = content(name.text)
            if tokens:
                self._ids[str(number)] = (name, len(tokens), f" {fold(name.text)} ")
                self._matcher.add(str(number), [Doc(self._vocab, words=tokens)])
        self._words = sorted({word for name, *_ in self._ids.values() for word in content(name.text)})
        self._known = {stem(word) for word in known} | set(self._words)

    def find(self, normalised: str) -> Mapping[str, str]:
        """Entity -> id, the longest name for each entity; the first where two are equally long."""
        tokens = [self._repaired(word) for word in content(normalised)[:80]]
        if not tokens:
            return {}
        text = f" {normalised.replace('?', ' ')} "
        best: dict[str, tuple[tuple[int, int, int], str]] = {}
        for key, start, _ in self._matcher(Doc(self._vocab, words=tokens)):
            name, length, whole = self._ids[self._vocab.strings[key]]
            # "la de matrimonio" is the certificate, "matrimonio" the wedding
            rank = (length, len(whole) if whole in text else 0, -start)
            if name.entity not in best or rank > best[name.entity][0]:
                best[name.entity] = rank, name.id
        return {entity: key for entity, (_, key) in best.items()}

    def only_names(self, normalised: str) -> bool:
        """True when a text names something and says nothing besides."""
        tokens = [self._repaired(word) for word in content(normalised)[:12]]
        if not tokens:
            return False
        covered: set[int] = set()
        for _, start, end in self._matcher(Doc(self._vocab, words=tokens)):
            covered.update(range(start, end))
        return bool(covered) and all(i in covered or token in AROUND for i, token in enumerate(tokens))

    def _repaired(self, word: str) -> str:
        if not self._mend or word in self._known or len(word) < SHORTEST_TYPO:
            return word
        near = extractOne(word, self._words, scorer=DamerauLevenshtein.distance, score_cutoff=1)
        return near[0] if near else word
