"""What looks like a date and is none: `calle 5 de mayo`, `santo domingo`, `los lunes`, `1/2 pastilla`."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.text.tables import tables

_STREET_BEFORE = frozenset(["en", "de", "y", "con", "entre", "sobre", "hacia", "por", "a"])
_NOW = ("ahorita",)  # when asked for a day; otherwise hardly ever one
_SHORT_ANSWER = 3  # words
_NUMBERED = re.compile(r"\d/[2348]")


def is_no_date(said: str, match: re.Match[str]) -> bool:
    """Whether what was found in a normalised text names a place or a person, recurs, or is a part of something."""
    in_passing = match[0] in _NOW and len(said.split()) > _SHORT_ANSWER
    return in_passing or _is_a_name(said, match) or _recurs(said, match) or _is_a_part(said, match)


def _is_a_name(said: str, match: re.Match[str]) -> bool:
    before = said[: match.start()].split()[-2:]
    near = before[-1] if before and before[-1] not in ("de", "la") else before[0] if before else ""
    known = tables()
    if near in known.before_sunday and "domingo" in match[0].split()[:1]:
        return True
    if (match.groupdict().get("month") or "-") not in known.months:
        return False
    day = " ".join(match[0].split()[:3])
    is_street = day in known.street_dates and not _STREET_BEFORE.isdisjoint(before[-1:])
    return is_street or near in known.named_after_dates


def _recurs(said: str, match: re.Match[str]) -> bool:
    """`de lunes a viernes`, `los sabados`, `lunes y miercoles`."""
    if "weekday" not in match.groupdict() or match.groupdict().get("day"):
        return False
    every, before, after = _beside_weekday()
    if every.search(said[: match.start("weekday")]):
        return True
    return bool(before.search(said[: match.start()]) or after.match(said[match.end() :]))


@lru_cache(maxsize=1)
def _beside_weekday() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    days, joint = "|".join(tables().weekdays), "(?:(?:y|o|u|ni|a|al|hasta) )?(?:(?:el|los) )?"
    return (
        re.compile(r"\b(?:lo[sz]|todos|cada|las?) $"),
        re.compile(rf"\b(?:{days}) {joint}$"),
        re.compile(rf" {joint}(?:{days})\b"),
    )


def _is_a_part(said: str, match: re.Match[str]) -> bool:
    """`1/4 de tableta o 1/2`, `un tubo de 3/4`."""
    if not _NUMBERED.fullmatch(match[0]):
        return False
    parts = "|".join(tables().part_of)
    return said[: match.start()].endswith("de ") or re.search(rf"\d/\d (?:de )?(?:{parts})\b", said) is not None
