"""Names of places in another spelling: as they sound, with their words joined, or with one letter wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.text import Normaliser
from bot.text.folding import key

Words = tuple[str, ...]

SHORTEST = 6  # letters; shorter names sound like other words
BEGINNING = 5  # letters
ARTICLES = frozenset(["el", "la", "los", "las"])


@dataclass(frozen=True)
class Spellings:
    """`by_sound`: a name's words by the sound of all of them together; `joined`: by its letters without spaces."""

    by_sound: Mapping[str, Words]
    joined: Mapping[str, Words]
    speller: Normaliser
    beginnings: frozenset[str]

    @classmethod
    def learn(cls, names: Iterable[Words], resembling: Iterable[str]) -> Spellings:
        """`resembling`: other words, joined, that only look like a name."""
        joined: dict[str, Words] = {}
        for name in names:
            written = "".join(name)
            if len(written) >= SHORTEST:
                joined[written] = name
                joined.setdefault(_as_spoken(written), name)
        joined |= dict.fromkeys(resembling, ())
        by_sound = {_sound(name): name for name in joined.values() if name}
        by_sound |= {_sound((word,)): name for word, name in joined.items() if not name or word not in by_sound}
        return cls(by_sound, joined, Normaliser(joined), frozenset(sound[:BEGINNING] for sound in by_sound))

    def may_begin(self, said: Sequence[str]) -> bool:
        """Whether any name sounds like the beginning of these words."""
        return _sound(said)[:BEGINNING] in self.beginnings

    def by_ear(self, said: Sequence[str]) -> Words | None:
        """The name that sounds like these words: `kuliacan`, `sanpedro garsa garsia`."""
        return self.by_sound.get(_sound(said)) or None

    def mistyped(self, said: Sequence[str]) -> Words | None:
        """The name of as many words that one wrong letter makes these: `guadalajra`. "los carros" are not Los Cabos."""
        if said[0] in ARTICLES:
            return None
        name = self.joined.get(self.speller.word("".join(said)))
        return name if name and len(name) == len(said) else None


def _as_spoken(name: str) -> str:
    """Xochimilco and Izcalli as they sound."""
    return re.sub(r"^x", "s", name).replace("lli", "li")


def _sound(said: Sequence[str]) -> str:
    return "".join(map(key, said)).replace("np", "mp").replace("nb", "mb")
