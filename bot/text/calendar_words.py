"""The words of dates and pregnancies as they should be spelt: `marso`, `deoctubre`, `12nov2026`, `6mses`."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.text.folding import key
from bot.text.normaliser import Normaliser, bones, expand
from bot.text.tables import tables

DAYS = {"dia": 1, "dias": 1, "semana": 7, "semanas": 7}
MONTHS = {"mes": 1, "meses": 1, "año": 12, "años": 12}
_PREGNANCY = ("embarazo", "embarazada", "semana", "semanas", "gestacion")
_TENSED = ("ayer", "mañana", "nacio", "hace")
_BEFORE = "de|del|el|al|este|para|los"
_AFTER = "pasado|pasada|proximo|siguiente"
_GLUED = re.compile(r"(\d{1,2})(?:de)?([a-zñ]{3,}?)((?:19|20)\d{2})?")
_SHORTEST_JOINED = 7


def calendar_word(word: str) -> str:
    """`marso` -> `marzo`, `semnas` -> `semanas`, `enbarasada` -> `embarazada`; other words as they are."""
    if word in tables().no_calendar:
        return word
    meant = _spellings().word(word)
    return meant if key(meant)[:1] == key(word)[:1] or bones(meant) == bones(word) else word


def spelt_out(token: str) -> tuple[str, ...]:
    """The words of a token: `12nov2026` is three, `elmartespasado` too."""
    glued = _GLUED.fullmatch(token)
    if glued and (unit := calendar_word(glued[2])) in {*tables().months, *DAYS, *MONTHS}:
        return tuple(part for part in (glued[1], unit, glued[3]) if part)
    if token[0].isdigit():
        return (token,)
    return tuple(calendar_word(part) for word in expand(token) for part in _apart(word))


def _apart(word: str) -> tuple[str, ...]:
    joined = _joined().fullmatch(word) if len(word) >= _SHORTEST_JOINED else None
    return tuple(part for part in joined.groups() if part) if joined else (word,)


@lru_cache(maxsize=1)
def _spellings() -> Normaliser:
    known = tables()
    long_months = (month for month in known.months if len(month) > 4)
    return Normaliser([*long_months, *known.weekdays, *DAYS, *MONTHS, *_PREGNANCY, *_TENSED])


@lru_cache(maxsize=1)
def _joined() -> re.Pattern[str]:
    """Words written together, of which one is of the calendar."""
    known = tables()
    named = "|".join([*(month for month in known.months if len(month) > 4), *known.weekdays])
    counted = "|".join(word for word in known.numbers if len(word) > 2)
    units = "|".join([*DAYS, *MONTHS])
    return re.compile(rf"({_BEFORE})?({named})({_AFTER})?|({counted})({units})")
