"""Mexico's municipalities in a text. Half of the names are streets, saints and heroes too: a name alone is not enough.

It counts with its state beside it, after words that announce a place ("vivo en", "municipio de"), or, where it is no
everyday word, after a preposition or as the whole message. So it does misspelt or with its words joined ("kuliacan",
"sanpedro garsa"), where it is long enough to be no other word. A name that several states have goes to the state that
is named, or to the citizen's own; otherwise nothing is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.installed import data_dir
from bot.nlu.patterns import Found
from bot.nlu.spellings import Spellings, Words
from bot.text import words
from bot.text.normaliser import expand
from bot.text.tables import tables

LONGEST_NAME = 8
MOST_WORDS = 80
SHORTEST_HEAD = 5
LONGEST_MISSPELT = 5  # words
TO_STATE = frozenset(["de", "en", "del", "estado"])  # "Juárez, estado de Chihuahua"


@dataclass(frozen=True)
class Municipio:
    """One of the 2,478, by INEGI's code."""

    code: str
    name: str
    state: str

    def __str__(self) -> str:
        return f"{self.name}, {self.state}"


@dataclass(frozen=True)
class Atlas:
    """Names as tuples of folded words."""

    named: dict[Words, list[Municipio]]
    states: dict[Words, str]
    cues: frozenset[Words]
    weak: frozenset[str]
    not_after: frozenset[str]
    everyday: frozenset[Words]
    written_short: dict[str, str]
    starts: frozenset[str]
    state_starts: frozenset[str]
    cue_ends: frozenset[str]
    spellings: Spellings


@lru_cache(maxsize=1)
def atlas() -> Atlas:
    """The names of `data/common/municipios.tsv`, and how people say them, of `municipios.yml`."""
    folder = data_dir() / "common"
    said = yaml.safe_load((folder / "municipios.yml").read_text(encoding="utf-8"))
    all_of_them = list(_read(folder / "municipios.tsv"))
    named: dict[Words, list[Municipio]] = {}
    short = {code: [tuple(words(name)) for name in names] for code, names in said["short"].items()}
    for each in all_of_them:
        for name in {tuple(words(each.name)), *short.get(each.code, ())}:
            named.setdefault(name, []).append(each)
    named = {**_heads(all_of_them), **named}
    states = {tuple(words(each.state)): each.state for each in all_of_them}
    states |= {tuple(words(name)): state for state, names in said["states"].items() for name in names}
    return Atlas(
        named, states, frozenset(tuple(cue.split()) for cue in said["cues"]), frozenset(said["weak"]),
        frozenset(said["not_after"]), frozenset(tuple(name.split()) for name in said["everyday"]),
        said["written_short"], frozenset(name[0] for name in named),
        frozenset(name[0] for name in states), frozenset(cue.split()[-1] for cue in said["cues"]),
        Spellings.learn(named, said["no_place"]),
    )  # fmt: skip


def _heads(all_of_them: Sequence[Municipio]) -> dict[Words, list[Municipio]]:
    """ "Naucalpan" for Naucalpan de Juárez, "Tlaxiaco" for Heroica Ciudad de Tlaxiaco."""
    heads: dict[Words, list[Municipio]] = {}
    common = tables().common_words  # "a nombre de" is not Nombre de Dios
    for each in all_of_them:
        name = each.name.removeprefix("Heroica ").removeprefix("Villa de ").removeprefix("Ciudad de ")
        head = tuple(words(name.split(" de ")[0]))
        if head != tuple(words(each.name)) and len("".join(head)) > SHORTEST_HEAD and head[-1] not in common:
            heads.setdefault(head, []).append(each)
    return heads


def _read(table: Path) -> Iterator[Municipio]:
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield Municipio(*line.split("\t"))


def find(text: str, home_state: str | None = None) -> Found | None:
    """The municipality that a text names, as "Official name, State". `home_state`: where the citizen writes from."""
    known = atlas()
    spelt = (known.written_short.get(word, word) for word in words(text)[:MOST_WORDS])
    said = [plain for word in spelt for plain in ((word,) if (word,) in known.states else expand(word))]
    for reading in (_as_written, _misspelt):
        for at in range(len(said)):
            for name, length in reading(known, said, at):
                chosen = _chosen(known, said, at, name, length, home_state)
                if chosen:
                    return Found("municipio", str(chosen), 0, len(text))
    return None


def _as_written(known: Atlas, said: Sequence[str], at: int) -> Iterator[tuple[Words, int]]:
    """The names that begin at a word, the longest first, and how many words they take."""
    if said[at] in known.starts:
        for length in range(min(LONGEST_NAME, len(said) - at), 0, -1):
            name = tuple(said[at : at + length])
            if name in known.named:
                yield name, length


def _misspelt(known: Atlas, said: Sequence[str], at: int) -> Iterator[tuple[Words, int]]:
    """As `_as_written`, of names in another spelling; only where a place may stand at all."""
    cued = at > 0 and said[at - 1] in known.cue_ends and _cue(known, said, at) is not None
    after_preposition = at > 0 and said[at - 1] in known.weak
    anywhere = cued or (after_preposition and known.spellings.may_begin(said[at : at + 3]))
    for end in range(min(at + LONGEST_MISSPELT, len(said)), at, -1):
        sure = cued or end - at == len(said) or bool(end < len(said) and _state_after(known, said, end))
        if not (sure or anywhere):
            continue
        spelt = said[at:end]
        name = known.spellings.by_ear(spelt) or (known.spellings.mistyped(spelt) if sure else None)
        if name and tuple(spelt) not in known.states:
            yield name, end - at


def _chosen(
    known: Atlas, said: Sequence[str], at: int, name: Words, length: int, home_state: str | None
) -> Municipio | None:
    if at and said[at - 1] in known.not_after:
        return None
    places = known.named[name]
    state = _state_after(known, said, at + length)
    if state:
        return next((place for place in places if place.state == state), None)
    if not _announced(known, said, at, name, length):
        return None
    if len(places) > 1:
        return next((place for place in places if place.state == home_state), None)
    return places[0]


def _state_after(known: Atlas, said: Sequence[str], at: int) -> str | None:
    for start in (at, at + 1) if said[at : at + 1] and said[at] in TO_STATE else (at,):
        if start < len(said) and said[start] in known.state_starts:
            tried = (tuple(said[start : start + length]) for length in (5, 4, 3, 2, 1))
            state = next((known.states[found] for found in tried if found in known.states), None)
            if state:
                return state
    return None


def _cue(known: Atlas, said: Sequence[str], at: int) -> Words | None:
    before = (tuple(said[max(0, at - length) : at]) for length in (1, 2))
    return next((cue for cue in before if cue in known.cues), None) if at else None


def _announced(known: Atlas, said: Sequence[str], at: int, name: Words, length: int) -> bool:
    cue = _cue(known, said, at)
    if cue:  # "vivo en Puebla" may be the state
        return name not in known.states or cue[0] in ("municipio", "ciudad")
    if name in known.everyday or name in known.states:
        return False
    return len(said) == length or (at > 0 and said[at - 1] in known.weak)
