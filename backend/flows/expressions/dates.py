"""Dates and hours as numbers and month names, day first: `15/03/2027`, `15 mar 27`, `2027-03-15 10:30`.

For what people say (`el lunes`, `en dos semanas`) see `bot.text.dates`; this reads fields and expressions.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from functools import lru_cache

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_ALIASES = (
    "ene enero jan january", "feb febrero february", "mar marzo march", "abr abril apr april", "mayo may",
    "jun junio june", "jul julio july", "ago agosto aug august", "sep sept set septiembre setiembre september",
    "oct octubre october", "nov noviembre november", "dic diciembre dec december",
)  # fmt: skip
_MONTH = {alias: number for number, line in enumerate(_ALIASES, 1) for alias in line.split()}
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_TIME = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?\s?m\b\.?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"\s*(?P<hour>\d{1,2})(?P<minute>\d\d)\s*(?P<half>[ap]\.?m\.?)?\s*", re.IGNORECASE)
# the orders in which three or two parts may stand, tried one after the other
_ORDERS = {3: ("dmy", "mdy", "ymd"), 2: ("dm", "md", "my")}
_LONGEST = 200


def read_temporal(text: str, today: date, zone: tzinfo) -> date | datetime | None:
    """The day, or the moment, that a text says; None when it says none. A two-digit year is the nearest one."""
    text = text.strip()[:_LONGEST]
    iso = _read_iso(text, zone)
    if iso is not None:
        return iso
    clock = _TIME.search(text)
    rest = _TIME.sub(" ", text, count=1) if clock else text
    day = _read_day(rest, today)
    if day is None:
        return None
    hour = _hour(clock) if clock else None
    return datetime.combine(day, hour, zone) if hour is not None else day


def read_time(text: str) -> time | None:
    """The hour in a text: `10:30`, `10:30 pm`, `1030`."""
    clock = _TIME.search(text[:_LONGEST]) or _COMPACT.fullmatch(text[:_LONGEST])
    return _hour(clock) if clock else None


def _read_iso(text: str, zone: tzinfo) -> datetime | None:
    if len(text) < 16 or not text[:4].isdigit() or text[4] != "-":
        return None
    try:
        # 3.10 knows neither Z nor fractions of a number of digits other than 3 and 6
        plain = re.sub(
            r"\.(\d+)", lambda match: f".{match[1][:6]:0<6}", text.replace("Z", "+00:00").replace("z", "+00:00")
        )
        moment = datetime.fromisoformat(plain)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _read_day(text: str, today: date) -> date | None:
    parts = [part for token in _TOKEN.findall(text.lower()) if (part := _part(token))]
    for order in _ORDERS.get(len(parts), ()):
        found = dict(zip(order, parts, strict=True))
        day = _day(found, today)
        if day is not None:
            return day
    return None


@lru_cache(maxsize=1024)
def _part(token: str) -> tuple[int, frozenset[str]] | None:
    """A number with what it can be (d, m, y), or None for a word that is no month."""
    if not token.isdigit():
        month = _MONTH.get(token)
        return (month, frozenset("m")) if month else None
    number = int(token) if len(token) <= 4 else 0
    roles = {
        "y": number >= 1 and len(token) in (2, 4),
        "m": 1 <= number <= 12,
        "d": 1 <= number <= 31,
    }
    can = frozenset(role for role, fits in roles.items() if fits)
    return (number, can) if can else None


def _day(found: dict[str, tuple[int, frozenset[str]]], today: date) -> date | None:
    if any(role not in can for role, (_, can) in found.items()):
        return None
    year = _whole_year(found["y"][0], today.year) if "y" in found else today.year
    try:
        return date(year, found["m"][0], found["d"][0] if "d" in found else 1)
    except ValueError:
        return None


def _whole_year(year: int, current: int) -> int:
    if year >= 100:
        return year
    year += current - current % 100
    if year - current >= 50:
        return year - 100
    return year + 100 if current - year >= 50 else year


def _hour(clock: re.Match[str]) -> time | None:
    hour, minute = int(clock["hour"]), int(clock["minute"])
    second = int(clock.groupdict().get("second") or 0)
    half = (clock["half"] or "").lower()[:1]
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    try:
        return time(hour, minute, second)
    except ValueError:
        return None
