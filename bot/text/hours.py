"""Hours of the day, as people say them and as the titles of options show them, in minutes from midnight."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.text.bare import plain_words
from bot.text.folding import fold
from bot.text.numbers import digits

_HOUR = r"(\d{1,2})(?::(\d{2}))?"
_PART = "am|pm|hrs|horas|de la mañana|de la tarde|de la noche"
_SAID = re.compile(  # "a las 10 y media", "10 y media", "10 de la noche", "10:30"
    rf"(?P<at>\b(?:las|a la) )?\b{_HOUR}(?P<past> y (?:media|cuarto))?(?: (?P<part>{_PART})\b)?"
)
_SPAN = re.compile(rf"\b{_HOUR} ?(?:a|-) ?(?:las )?{_HOUR}\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_TOKEN = re.compile(r"\d{1,2}:\d{2}|\d+|[a-zñ]+")
_PAST = {" y media": 30, " y cuarto": 15}
_OPENS = 7  # "a las 3" in an office is in the afternoon
_NOON = 12


def by_hour(text: str, titles: Sequence[str]) -> int | None:
    """The one option whose hours hold the hour that a text says: `a las 10` of `Temprano 8 a 11`; None otherwise."""
    said = _said(text)
    spans = [_span(title) for title in titles]
    if said is None or not any(spans):
        return None
    held = [at for at, span in enumerate(spans) if span and span[0] <= said < max(span[1], span[0] + 1)]
    return held[0] if len(held) == 1 else None


def _said(text: str) -> int | None:
    spoken = [word for token in _TOKEN.findall(fold(text)) for word in _words(token)]
    found = _SAID.finditer(" ".join(digits(spoken, articles=True)))
    hours = [hour for hour in found if hour["at"] or hour["past"] or hour["part"] or hour[3]]  # "2" alone is an option
    if len(hours) != 1:
        return None
    hour, part = int(hours[0][2]), hours[0]["part"] or ""
    afternoon = part.endswith(("pm", "tarde", "noche")) or (not part and hour < _OPENS)
    minute = int(hours[0][3] or 0) + _PAST.get(hours[0]["past"] or "", 0)
    return _minutes(hour + _NOON if afternoon and hour < _NOON else hour, minute)


def _words(token: str) -> list[str]:
    return [token] if ":" in token else plain_words(token)


def _span(title: str) -> tuple[int, int] | None:
    """From and until; a clock alone is a moment."""
    folded = fold(title)
    match = _SPAN.search(folded)
    if match:
        start, end = _minutes(int(match[1]), int(match[2] or 0)), _minutes(int(match[3]), int(match[4] or 0))
        return (start, end) if end > start else (start, end + _minutes(_NOON, 0))
    clock = _CLOCK.search(folded)
    return (moment, moment) if clock and (moment := _minutes(int(clock[1]), int(clock[2]))) else None


def _minutes(hours: int, minutes: int) -> int:
    return 60 * hours + minutes
