"""The tables of `data/common/normalisation.yml`, read once.

Every scalar is read as text, so that `no` and `on` stay words. Keys are folded as `bot.text.folding` folds.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True)
class Tables:
    """What people write for what, and the words of short answers. All folded."""

    abbreviations: Mapping[str, tuple[str, ...]]
    laughter: frozenset[str]
    emoji: Mapping[str, str]
    slashed: Mapping[str, str]
    numbers: Mapping[str, int]
    articles: frozenset[str]
    collectives: Mapping[str, int]
    instead: tuple[str, ...]
    uncounted: frozenset[str]
    ordinals: Mapping[str, int]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    days_away: Mapping[str, int]
    named_after_dates: frozenset[str]
    past_verbs: tuple[str, ...]
    future_verbs: tuple[str, ...]
    street_dates: frozenset[str]
    no_calendar: frozenset[str]
    before_sunday: frozenset[str]
    part_of: frozenset[str]
    questions: frozenset[str]
    yes: frozenset[str]
    no: frozenset[str]
    unknown: frozenset[str]
    commands: Mapping[str, frozenset[str]]
    polite: tuple[str, ...]
    before_option: frozenset[str]
    opt_out: frozenset[str]
    opt_out_cancel: frozenset[str]
    opt_in: frozenset[str]
    common_words: frozenset[str]


def data_folder() -> Path:
    """The folder of data files: `VENTANILLA_DATA_FILES`, or `data` beside the `bot` package."""
    own = os.environ.get("VENTANILLA_DATA_FILES")
    return Path(own) if own else Path(__file__).resolve().parents[2] / "data"


def read_yaml(name: str) -> Any:
    """A file of `data/common` with every scalar as a string. Raises OSError or yaml.YAMLError."""
    with (data_folder() / "common" / name).open(encoding="utf-8") as file:
        return yaml.load(file, Loader=_LOADER)


@lru_cache(maxsize=1)
def tables() -> Tables:
    """The tables, read at the first call."""
    raw = read_yaml("normalisation.yml")
    return Tables(
        abbreviations={word: tuple(meaning.split()) for word, meaning in raw["abbreviations"].items()},
        laughter=frozenset(raw["laughter"]),
        emoji=raw["emoji"],
        slashed=raw["slashed"],
        numbers=_integers(raw["numbers"]),
        articles=frozenset(raw["articles"]),
        collectives=_integers(raw["collectives"]),
        instead=tuple(raw["instead"]),
        uncounted=frozenset(raw["uncounted"]),
        ordinals=_integers(raw["ordinals"]),
        weekdays=_integers(raw["weekdays"]),
        months=_integers(raw["months"]),
        days_away=_integers(raw["days_away"]),
        named_after_dates=frozenset(raw["named_after_dates"]),
        past_verbs=tuple(raw["past_verbs"]),
        future_verbs=tuple(raw["future_verbs"]),
        street_dates=frozenset(raw["street_dates"]),
        no_calendar=frozenset(raw["no_calendar"]),
        before_sunday=frozenset(raw["before_sunday"]),
        part_of=frozenset(raw["part_of"]),
        questions=frozenset(raw["questions"]),
        yes=frozenset(raw["yes"]),
        no=frozenset(raw["no"]),
        unknown=frozenset(raw["unknown"]),
        commands={name: frozenset(phrases) for name, phrases in raw["commands"].items()},
        polite=tuple(raw["polite"]),
        before_option=frozenset(raw["before_option"]),
        opt_out=frozenset(raw["opt_out"]["words"]),
        opt_out_cancel=frozenset(raw["opt_out"]["cancel"]),
        opt_in=frozenset(raw["opt_in"]["words"]),
        common_words=frozenset(raw["common_words"].split()),
    )


def _integers(raw: Mapping[str, str]) -> dict[str, int]:
    return {word: int(value) for word, value in raw.items()}
