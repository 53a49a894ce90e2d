"""Mexico's municipalities in a text. Half of the names are streets, saints and heroes too: a name alone is not enough.

It counts with its state beside it, after words that announce a place ("vivo en", "municipio de"), or, where it is no
everyday word, after a preposition or as the whole message. A name that several states have goes to the state that is
named, or to the citizen's own; otherwise nothing is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import yaml

from bot.installed import data_dir
from bot.nlu.patterns import Found
from bot.text import words

Words = tuple[str, ...]

LONGEST_NAME = 8
MOST_WORDS = 80
SHORTEST_HEAD = 5


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
    starts: frozenset[str] = field(default_factory=frozenset)


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
        frozenset(name[0] for name in named),
    )  # fmt: skip


def _heads(all_of_them: Sequence[Municipio]) -> dict[Words, list[Municipio]]:
    """ "Naucalpan" for Naucalpan de Juárez, "Tlaxiaco" for Heroica Ciudad de Tlaxiaco."""
    heads: dict[Words, list[Municipio]] = {}
    for each in all_of_them:
        name = each.name.removeprefix("Heroica ").removeprefix("Villa de ").removeprefix("Ciudad de ")
        head = tuple(words(name.split(" de ")[0]))
        if head != tuple(words(each.name)) and len("".join(head)) > SHORTEST_HEAD:
            heads.setdefault(head, []).append(each)
    return heads


def _read(table: Path) -> Iterator[Municipio]:
    for line in table.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield Municipio(*line.split("\t"))


def find(text: str, home_state: str | None = None) -> Found | None:
    """The municipality that a text names, as "Official name, State". `home_state`: where the citizen writes from."""
    known = atlas()
    said = words(text)[:MOST_WORDS]
    for at, word in enumerate(said):
        if word not in known.starts:
            continue
        for length in range(min(LONGEST_NAME, len(said) - at), 0, -1):
            name = tuple(said[at : at + length])
            chosen = _chosen(known, said, at, name, home_state) if name in known.named else None
            if chosen:
                return Found("municipio", str(chosen), 0, len(text))
    return None


def _chosen(known: Atlas, said: Sequence[str], at: int, name: Words, home_state: str | None) -> Municipio | None:
    if at and said[at - 1] in known.not_after:
        return None
    places = known.named[name]
    state = _state_after(known, said, at + len(name))
    if state:
        return next((place for place in places if place.state == state), None)
    if not _announced(known, said, at, name):
        return None
    if len(places) > 1:
        return next((place for place in places if place.state == home_state), None)
    return places[0]


def _state_after(known: Atlas, said: Sequence[str], at: int) -> str | None:
    if at < len(said) and said[at] in ("de", "en", "del", "estado"):
        at += 1
    return next(
        (known.states[found] for length in (5, 4, 3, 2, 1) if (found := tuple(said[at : at + length])) in known.states),
        None,
    )


def _announced(known: Atlas, said: Sequence[str], at: int, name: Words) -> bool:
    before = [tuple(said[max(0, at - length) : at]) for length in (1, 2)]
    cue = next((cue for cue in before if cue in known.cues), None)
    if cue:  # "vivo en Puebla" may be the state
        return name not in known.states or cue[0] in ("municipio", "ciudad")
    if name in known.everyday or name in known.states:
        return False
    return len(said) == len(name) or (at > 0 and said[at - 1] in known.weak)
