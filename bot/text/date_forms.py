"""The ways of saying a date, each with the reader of what it says. The first that fits a text is the date said."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from bot.text.calendar_words import DAYS, MONTHS
from bot.text.tables import tables

Prefer = Literal["past", "future", "nearest"]

_COINCIDENCE_DAYS = 62
_MONTHS_IN_YEAR = 12
_LONGEST_VALID = 10  # years


@dataclass(frozen=True)
class Day:
    """The day on which something is said, and where the days that it may mean are looked for."""

    today: date
    prefer: Prefer


Reader = Callable[["re.Match[str]", Day], "date | None"]


def _numeric(match: re.Match[str], day: Day) -> date | None:
    one, two, three = (int(part) if part else None for part in match.groups())
    if one is None or two is None:
        return None
    if one > 999 and three is not None:
        return date(one, two, three)
    if one > 31 or (three is None and "." in match[0]):  # "hemoglobina 11.2"
        return None
    if three is None:
        return _of_year(day, two, one)
    return date(_full_year(three, day), *((one, two) if two > _MONTHS_IN_YEAR else (two, one)))  # "12/25/1990"


def _full_year(year: int, day: Day) -> int:
    """`89` is 1989, `26` 2026: ahead of today, papers run ten years at most."""
    if year > 99:
        return year
    return 2000 + year if 2000 + year <= day.today.year + _LONGEST_VALID else 1900 + year


def _day_of_month(match: re.Match[str], day: Day) -> date | None:
    number = int(match["day"]) if match["day"].isdigit() else 1
    return _of_named_month(number, match, day)


def _of_named_month(number: int, match: re.Match[str], day: Day) -> date | None:
    month = tables().months[match["month"]]
    year, which = match["year"], match["which"]
    if year:
        return date(_full_year(int(year), day), month, number)
    if which:
        return date(day.today.year + _direction(which), month, number)
    return _of_year(day, month, number)


def _of_this_month(match: re.Match[str], day: Day) -> date:
    first = _add_months(day.today.replace(day=1), _direction(match["which"]))
    if match["day"].startswith(("fin", "ultimo")):
        return first.replace(day=_length(first))
    return first.replace(day=int(match["day"]) if match["day"].isdigit() else 1)


def _weekday_and_day(match: re.Match[str], day: Day) -> date | None:
    """A weekday with a number must agree with a calendar nearby; otherwise it is better to ask."""
    wanted, number = tables().weekdays[match["weekday"]], int(match["day"])
    near = (day.today + timedelta(days=n) for n in sorted(range(-_COINCIDENCE_DAYS, _COINCIDENCE_DAYS + 1), key=abs))
    fits = [found for found in near if found.day == number and found.weekday() == wanted]
    return _preferred(fits, day)


def _weekday(match: re.Match[str], day: Day) -> date:
    wanted = tables().weekdays[match["weekday"]]
    words = f"{match['before'] or ''} {match['after'] or ''}".replace("el ", "")
    ahead = (wanted - day.today.weekday()) % 7
    if "semana" in words:
        monday = day.today - timedelta(days=day.today.weekday())
        return monday + timedelta(days=wanted + 7 * _direction(words))
    if "8" in words or "15" in words:
        return day.today + timedelta(days=(ahead or 7) + (7 if "8" in words else 14))
    if "pasado" in words or "paso" in words or (day.prefer == "past" and not words.strip()):
        return day.today - timedelta(days=(-ahead) % 7 or 7)
    if "este" in words and not ahead:
        return day.today
    return day.today + timedelta(days=ahead or 7)


def _named_day(match: re.Match[str], day: Day) -> date:
    return day.today + timedelta(days=tables().days_away[match["named"]])


def _from_today(match: re.Match[str], day: Day) -> date:
    start = 0 if match["start"] == "hoy" else 1
    return day.today + timedelta(days=start + (7 if match["count"] == "8" else 14))


def _ago(match: re.Match[str], day: Day) -> date:
    return _shift(day.today, match["count"], match["unit"], -1, bool(match["half"]))


def _ahead(match: re.Match[str], day: Day) -> date:
    return _shift(day.today, match["count"], match["unit"], 1, bool(match["half"]))


def _whole_unit(match: re.Match[str], day: Day) -> date:
    return _shift(day.today, "1", match["unit"], _direction(match[0]), False)


def _lone_day(match: re.Match[str], day: Day) -> date | None:
    number = int(match["day"])
    months = (_add_months(day.today.replace(day=1), n) for n in (0, 1, -1, 2, -2))
    fits = [first.replace(day=number) for first in months if number <= _length(first)]
    return _preferred(sorted(fits, key=lambda found: abs(found - day.today)), day)


def _of_year(day: Day, month: int, number: int) -> date | None:
    years = (day.today.year, day.today.year + 1, day.today.year - 1)
    fits = [date(year, month, number) for year in years if number <= _length(date(year, month, 1))]
    return _preferred(sorted(fits, key=lambda found: abs(found - day.today)), day)


def _preferred(fits: list[date], day: Day) -> date | None:
    """The nearest of `fits` in the preferred direction; today fits both."""
    if day.prefer == "past":
        fits = [found for found in fits if found <= day.today]
    elif day.prefer == "future":
        fits = [found for found in fits if found >= day.today]
    return fits[0] if fits else None


def _direction(words: str) -> int:
    if re.search(r"pasad[oa]|anterior|antepasad", words):
        return -1
    return 1 if re.search(r"proxim|que viene|que entra|otr[oa]|siguiente|entrante", words) else 0


def _shift(start: date, count: str, unit: str, sign: int, half: bool) -> date:
    number = 2 if count.startswith("un par") else 1 if count.startswith("un") else int(count)
    days = DAYS.get(unit)
    if days is not None:
        return start + timedelta(days=sign * (number * days + (3 if half and days == 7 else 0)))
    months = number * MONTHS[unit]
    moved = _add_months(start, sign * (months + (6 if half and unit.startswith("año") else 0)))
    return moved + timedelta(days=sign * 15) if half and unit.startswith("mes") else moved


def _add_months(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _length(first: date) -> int:
    return calendar.monthrange(first.year, first.month)[1]


_OTHER_YEAR = r"año pasado|(?:el )?(?:proximo|otro|siguiente|este) año|año que (?:viene|entra)|pasado"
_YEAR = rf"(?: (?:de|del)? ?(?:año )?(?:(?P<year>(?:19|20)\d{{2}}|\d{{2}}(?! ?\d))|(?P<which>{_OTHER_YEAR})))?"
_WHICH_MONTH = (
    r"(?P<which>este(?: mismo)? mes|presente|mes(?: que viene| que entra| pasado| proximo| entrante)?"
    r"|proximo mes|mes siguiente|otro mes|pasado mes|actual)"
)
_WEEK = r"(?:la |esta )?(?:otra |proxima |siguiente )?semana(?: que (?:viene|entra)| pasada| proxima)?"
_BEFORE_WEEKDAY = r"(?P<before>(?:el |este |ese )?(?:proximo |pasado |siguiente |otro |este )?)"
_AFTER_WEEKDAY = (
    rf"(?P<after> que (?:viene|entra|paso)| pasado| proximo| siguiente| en (?:8|15)(?: dias)?| de {_WEEK})?"
)
_HOUR = r"(?:de la |am|pm|hrs|horas)"
_HALF = r"(?P<half> y medi[oa])?"
_NOT_EXPECTING = "(?! de (?:embarazo|gestacion))"
_AMOUNT = rf"(?P<count>\d{{1,3}}|un|una|unos|unas|un par de) (?P<unit>dias?|semanas?|mes(?:es)?|años?){_HALF}"
_FIRST = r"primero|primer|uno|1ro|1er|1o"
_NEXT = r"(?:que (?:viene|entra)|pasad[oa]|proxim[oa]|siguiente|entrante)"
_NUMERIC = r"(\d{1,2}|\d{4})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/.-])"
_NOT_COUNTING = r"(?<!voy )(?<!toy )(?<!ando )(?<!entro )"  # "voy en 30 semanas"
_NO_DATE = r"(?! (?:semanas?|meses|grados|sdg|kilos|kg|de))"


@lru_cache(maxsize=1)
def needed() -> re.Pattern[str]:
    """What every one of `forms` has: without it, none of them has to be tried."""
    known = tables()
    return re.compile("|".join([r"\d", "primer", "uno", *known.weekdays, *known.days_away, *DAYS, *MONTHS]))


@lru_cache(maxsize=1)
def forms() -> tuple[tuple[re.Pattern[str], Reader], ...]:
    known = tables()
    month = f"(?P<month>{'|'.join(sorted(known.months, key=len, reverse=True))})"
    days, parts = "|".join(known.weekdays), "|".join(known.part_of)
    weekday = f"(?P<weekday>{days})"
    named = "|".join(name for name in known.days_away if name not in ("pasado", "mañana"))
    all_forms: tuple[tuple[str, Reader], ...] = (
        (rf"(?<!\d)(?!\d/\d (?:de )?(?:{parts})\b)(?!24/7\b(?!/)){_NUMERIC}{_NO_DATE}", _numeric),
        (r"(?<!\d )\b(\d{1,2}) (\d{1,2}) ((?:19|20)\d{2})\b(?! ?\d)", _numeric),
        (rf"\b(?P<day>\d{{1,2}}|{_FIRST}) (?:dia )?(?:de |del mes de |del )?{month}\b{_YEAR}", _day_of_month),
        (rf"\b{month} (?:el )?(?P<day>\d{{1,2}})\b(?! (?:semanas?|meses)){_YEAR}", _day_of_month),
        (rf"\b(?P<day>\d{{1,2}}|{_FIRST}|ultimo dia) (?:de|del) (?:el )?{_WHICH_MONTH}\b", _of_this_month),
        (rf"\b(?P<day>fin|fines|finales|ultimo) (?:de|del) (?:el )?{_WHICH_MONTH}\b", _of_this_month),
        (rf"\b(?P<named>{named}|mañana) (?:el )?(?:{days})\b", _named_day),
        (rf"\b{weekday} (?:dia )?(?P<day>\d{{1,2}})\b(?! {_HOUR})", _weekday_and_day),
        (r"\bde (?P<start>hoy|mañana) en (?P<count>8|15)\b", _from_today),
        (rf"\b{_BEFORE_WEEKDAY}{weekday}\b(?! (?:dia )?\d{{1,2}}\b(?! {_HOUR})){_AFTER_WEEKDAY}", _weekday),
        (rf"\b(?P<named>pasado mañana|antes de ayer|{named})\b", _named_day),
        (r"(?<!la )(?<!de )(?<!en )(?<!esta )(?<!buena )\b(?P<named>mañana)\b", _named_day),
        (r"\bde (?P<named>mañana)\b(?= a| en|$)", _named_day),
        (rf"\b(?:hace|ase|ace) (?:como |ya |casi |mas o menos )?{_AMOUNT}(?= |$)", _ago),
        (rf"\b{_AMOUNT} (?:atras|antes)\b", _ago),
        (
            rf"{_NOT_COUNTING}\b(?:dentro de|en|de aqui a|faltan?) (?:como |unos )?{_AMOUNT}(?= |$){_NOT_EXPECTING}",
            _ahead,
        ),
        (r"\b(?:la |el )?(?:proxim[oa]|siguiente|otr[oa]) (?P<unit>semana|mes|año)\b", _whole_unit),
        (rf"\b(?:la |el )?(?P<unit>semana|mes|año) {_NEXT}\b", _whole_unit),
        (
            r"(?:\b(?:el dia|dia)|^(?:para |es |fue |seria )?el|^seria) (?P<day>\d{1,2})"
            r"(?= (?:a las|en la|por la|creo)|$)",
            _lone_day,
        ),
    )
    return tuple((re.compile(pattern), reader) for pattern, reader in all_forms)
