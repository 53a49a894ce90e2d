"""Dates as people say them, relative to a given day. The first of `forms` that fits is the date said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from bot.text.calendar_words import spelt_out
from bot.text.date_forms import Day, Prefer, forms, needed
from bot.text.folding import fold
from bot.text.not_dates import is_no_date
from bot.text.numbers import digits
from bot.text.tables import tables

__all__ = ["FoundDate", "Prefer", "find_date", "when"]

_LONGEST = 1_000
_TOKEN = re.compile(r"\d+(?:[./-]\d+)+|[a-z0-9ñ]+")
_OLDEST_YEARS = 130
_FOLLOWING = 8  # how much farther a verb is after the date than before it


@dataclass(frozen=True)
class FoundDate:
    """The words that said a date, as normalised, and the date."""

    text: str
    date: date


def when(text: str, today: date, prefer: Prefer = "nearest") -> date | None:
    """The date that a text says, or None. `prefer` settles a day without year, month or direction."""
    found = find_date(text, today, prefer)
    return found.date if found else None


def find_date(text: str, today: date, prefer: Prefer = "nearest") -> FoundDate | None:
    """The first date in a text with the words that said it, or None. A length of pregnancy is no date."""
    said = _said(text[:_LONGEST])
    if not needed().search(said):
        return None
    for pattern, reader in forms():
        for match in pattern.finditer(said):
            if is_no_date(said, match):
                continue
            day = Day(today, _tense(said, match) if prefer == "nearest" else prefer)
            try:
                read = reader(match, day)
            except (ValueError, OverflowError):
                read = None
            if read is not None and abs(read.year - today.year) <= _OLDEST_YEARS:
                return FoundDate(match[0].strip(), read)
    return None


def _tense(said: str, match: re.Match[str]) -> Prefer:
    """Of the verb nearest to the date: `me dieron cita el 3 de enero`, `naci el 3 de enero y quiero mi acta`."""
    verbs = ((_distance(verb, match), prefer) for prefer, tense in _tenses() for verb in tense.finditer(said))
    return min(verbs, default=(0, "nearest"), key=lambda found: found[0])[1]


@lru_cache(maxsize=1)
def _tenses() -> tuple[tuple[Prefer, re.Pattern[str]], ...]:
    past, future = "|".join(tables().past_verbs), "|".join(tables().future_verbs)
    a_day = rf"(?= (?:el |la |este )?(?:\d|[a-z]+ \d|{'|'.join(tables().weekdays)}))"
    return (
        ("future", re.compile(rf"\b(?:{future})\b|\b(?:para|hasta|al){a_day}")),
        ("past", re.compile(rf"\b(?:{past}|\w+(?:aron|ieron))\b|\bdesde{a_day}")),
    )


def _distance(verb: re.Match[str], match: re.Match[str]) -> int:
    """Letters between the two; a verb that follows is mostly of another sentence."""
    return max(match.start() - verb.end(), _FOLLOWING * (verb.start() - match.end()), 0)


def _said(text: str) -> str:
    return " ".join(digits([word for token in _TOKEN.findall(fold(text)) for word in spelt_out(token)]))
