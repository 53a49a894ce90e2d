"""Dates as people say them, relative to a given day. The first form of `_forms` that fits is the date said."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from bot.text.folding import fold
from bot.text.normaliser import Normaliser, expand
from bot.text.numbers import digits
from bot.text.tables import tables

Prefer = Literal["past", "future", "nearest"]

_LONGEST = 1_000
_TOKEN = re.compile(r"\d+(?:[./-]\d+)+|[a-z0-9ñ]+")
_DAYS = {"dia": 1, "dias": 1, "semana": 7, "semanas": 7}
_MONTHS = {"mes": 1, "meses": 1, "año": 12, "años": 12}
_PREGNANCY = ("embarazo", "embarazada", "semana", "semanas", "gestacion")
_COINCIDENCE_DAYS = 62
_OLDEST_YEARS = 130
_PAST = re.compile(r"\b(?:fue|nacio|naci|nacieron|paso|tuve|tuvo|empezo|empece|murio|fallecio|ultima|vino|fui)\b")
_DONE = re.compile(
    r"\b(?:dieron|dio|pusieron|puse|hicieron|hice|aplicaron|pague|pedi|saque|solicite|mande|reporte|levante|compre|entregue)\b"
)
_FUTURE = re.compile(r"\b(?:sera|voy|vamos|ire|nacera|nace|va a|cita|toca|proxima|puedo|quiero|quisiera)\b")


@dataclass(frozen=True)
class FoundDate:
    """The words that said a date, as normalised, and the date."""

    text: str
    date: date


@dataclass(frozen=True)
class _Day:
    today: date
    prefer: Prefer


_Reader = Callable[["re.Match[str]", _Day], "date | None"]


def when(text: str, today: date, prefer: Prefer = "nearest") -> date | None:
    """The date that a text says, or None. `prefer` settles a day without year, month or direction."""
    found = find_date(text, today, prefer)
    return found.date if found else None


def find_date(text: str, today: date, prefer: Prefer = "nearest") -> FoundDate | None:
    """The first date in a text with the words that said it, or None. A length of pregnancy is no date."""
    said = _said(text[:_LONGEST])
    if not _needed().search(said):
        return None
    day = _Day(today, _tense(said) if prefer == "nearest" else prefer)
    for pattern, reader in _forms():
        for match in pattern.finditer(said):
            if _is_a_name(said, match) or _is_a_stretch(said, match):
                continue
            try:
                read = reader(match, day)
            except (ValueError, OverflowError):
                read = None
            if read is not None and abs(read.year - today.year) <= _OLDEST_YEARS:
                return FoundDate(match[0].strip(), read)
    return None


def _is_a_name(said: str, match: re.Match[str]) -> bool:
    """`calle 5 de mayo`, `santo domingo`."""
    before = said[: match.start()].split()[-2:]
    near = before[-1] if before and before[-1] not in ("de", "la") else before[0] if before else ""
    known = tables()
    if near in known.before_sunday and "domingo" in match[0].split()[:1]:
        return True
    return near in known.named_after_dates and (match.groupdict().get("month") or "-") in known.months


def _is_a_stretch(said: str, match: re.Match[str]) -> bool:
    """`de lunes a viernes`."""
    if "weekday" not in match.groupdict():
        return False
    days = tables().weekdays
    before, after = said[: match.start()].split()[-2:], said[match.end() :].split()[:2]
    return any(
        len(beside) == 2 and beside[at] in ("a", "al") and beside[1 - at] in days
        for at, beside in ((1, before), (0, after))
    )


def _tense(said: str) -> Prefer:
    if _PAST.search(said):
        return "past"
    if _FUTURE.search(said):  # "me dieron cita el 3 de enero"
        return "future"
    return "past" if _DONE.search(said) else "nearest"


def _said(text: str) -> str:
    spoken = [calendar_word(word) for token in _TOKEN.findall(fold(text)) for word in _spell(token)]
    return " ".join(digits(spoken))


@lru_cache(maxsize=1)
def _calendar_words() -> Normaliser:
    known = tables()
    long_months = (month for month in known.months if len(month) > 4)
    return Normaliser([*long_months, *known.weekdays, *_DAYS, *_MONTHS, *_PREGNANCY])


def calendar_word(word: str) -> str:
    """`marso` -> `marzo`, `semnas` -> `semanas`, `enbarasada` -> `embarazada`; other words as they are."""
    return _calendar_words().word(word)


def _spell(token: str) -> tuple[str, ...]:
    glued = re.fullmatch(r"(\d{1,2})(?:de)?([a-zñ]{3,})", token)
    if glued and glued[2] in tables().months:
        return (glued[1], glued[2])
    return (token,) if token[0].isdigit() else expand(token)


# --- one reader for each way of saying it


def _numeric(match: re.Match[str], day: _Day) -> date | None:
    one, two, three = (int(part) if part else None for part in match.groups())
    if one is None or two is None:
        return None
    if one > 999 and three is not None:
        return date(one, two, three)
    if one > 31 or (three is None and "." in match[0]):  # "hemoglobina 11.2"
        return None
    if three is None:
        return _of_year(day, two, one)
    return date(three if three > 99 else 2000 + three, two, one)


def _day_of_month(match: re.Match[str], day: _Day) -> date | None:
    number = int(match["day"]) if match["day"].isdigit() else 1
    return _of_named_month(number, match, day)


def _of_named_month(number: int, match: re.Match[str], day: _Day) -> date | None:
    month = tables().months[match["month"]]
    year, which = match["year"], match["which"]
    if year:
        return date(int(year) if len(year) == 4 else 2000 + int(year), month, number)
    if which:
        return date(day.today.year + _direction(which), month, number)
    return _of_year(day, month, number)


def _of_this_month(match: re.Match[str], day: _Day) -> date:
    first = _add_months(day.today.replace(day=1), _direction(match["which"]))
    if match["day"].startswith(("fin", "ultimo")):
        return first.replace(day=_length(first))
    return first.replace(day=int(match["day"]) if match["day"].isdigit() else 1)


def _weekday_and_day(match: re.Match[str], day: _Day) -> date | None:
    """A weekday with a number must agree with a calendar nearby; otherwise it is better to ask."""
    wanted, number = tables().weekdays[match["weekday"]], int(match["day"])
    near = (day.today + timedelta(days=n) for n in sorted(range(-_COINCIDENCE_DAYS, _COINCIDENCE_DAYS + 1), key=abs))
    fits = [found for found in near if found.day == number and found.weekday() == wanted]
    return _preferred(fits, day)


def _weekday(match: re.Match[str], day: _Day) -> date:
    wanted = tables().weekdays[match["weekday"]]
    words = f"{match['before'] or ''} {match['after'] or ''}".replace("el ", "")
    ahead = (wanted - day.today.weekday()) % 7
    if "semana" in words:
        monday = day.today - timedelta(days=day.today.weekday())
        return monday + timedelta(days=wanted + 7 * _direction(words))
    if "8" in words or "15" in words:
        return day.today + timedelta(days=(ahead or 7) + (7 if "8" in words else 14))
    if "pasado" in words or (day.prefer == "past" and not words.strip()):
        return day.today - timedelta(days=(-ahead) % 7 or 7)
    if "este" in words and not ahead:
        return day.today
    return day.today + timedelta(days=ahead or 7)


def _named_day(match: re.Match[str], day: _Day) -> date:
    return day.today + timedelta(days=tables().days_away[match["named"]])


def _from_today(match: re.Match[str], day: _Day) -> date:
    start = 0 if match["start"] == "hoy" else 1
    return day.today + timedelta(days=start + (7 if match["count"] == "8" else 14))


def _ago(match: re.Match[str], day: _Day) -> date:
    return _shift(day.today, match["count"], match["unit"], -1, bool(match["half"]))


def _ahead(match: re.Match[str], day: _Day) -> date:
    return _shift(day.today, match["count"], match["unit"], 1, bool(match["half"]))


def _whole_unit(match: re.Match[str], day: _Day) -> date:
    return _shift(day.today, "1", match["unit"], _direction(match[0]), False)


def _lone_day(match: re.Match[str], day: _Day) -> date | None:
    number = int(match["day"])
    months = (_add_months(day.today.replace(day=1), n) for n in (0, 1, -1, 2, -2))
    fits = [first.replace(day=number) for first in months if number <= _length(first)]
    return _preferred(sorted(fits, key=lambda found: abs(found - day.today)), day)


# --- calendar arithmetic


def _of_year(day: _Day, month: int, number: int) -> date | None:
    years = (day.today.year, day.today.year + 1, day.today.year - 1)
    fits = [date(year, month, number) for year in years if number <= _length(date(year, month, 1))]
    return _preferred(sorted(fits, key=lambda found: abs(found - day.today)), day)


def _preferred(fits: list[date], day: _Day) -> date | None:
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
    days = _DAYS.get(unit)
    if days is not None:
        return start + timedelta(days=sign * (number * days + (3 if half and days == 7 else 0)))
    months = number * _MONTHS[unit]
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
_AFTER_WEEKDAY = rf"(?P<after> que (?:viene|entra)| pasado| proximo| siguiente| en (?:8|15)(?: dias)?| de {_WEEK})?"
_HOUR = r"(?:de la |am|pm|hrs|horas)"
_HALF = r"(?P<half> y medi[oa])?"
_AMOUNT = rf"(?P<count>\d{{1,3}}|un|una|unos|unas|un par de) (?P<unit>dias?|semanas?|mes(?:es)?|años?){_HALF}"
_FIRST = r"primero|primer|uno|1ro|1er|1o"
_NEXT = r"(?:que (?:viene|entra)|pasad[oa]|proxim[oa]|siguiente|entrante)"
_NUMERIC = r"(\d{1,2}|\d{4})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?![\d/.-])"
_NO_DATE = r"(?! (?:semanas?|meses|grados|sdg|kilos|kg|de))"


@lru_cache(maxsize=1)
def _needed() -> re.Pattern[str]:
    """What every one of `_forms` has: without it, none of them has to be tried."""
    known = tables()
    return re.compile("|".join([r"\d", "primer", "uno", *known.weekdays, *known.days_away, *_DAYS, *_MONTHS]))


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[re.Pattern[str], _Reader], ...]:
    known = tables()
    month = f"(?P<month>{'|'.join(sorted(known.months, key=len, reverse=True))})"
    days, parts = "|".join(known.weekdays), "|".join(known.part_of)
    weekday = f"(?P<weekday>{days})"
    named = "|".join(name for name in known.days_away if name not in ("pasado", "mañana"))
    forms: tuple[tuple[str, _Reader], ...] = (
        (rf"(?<!\d)(?!\d/\d (?:de )?(?:{parts})\b)(?!24/7\b(?!/)){_NUMERIC}{_NO_DATE}", _numeric),
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
        (rf"\b(?:dentro de|en|de aqui a|faltan|falta) (?:como |unos )?{_AMOUNT}(?= |$)", _ahead),
        (r"\b(?:la |el )?(?:proxim[oa]|siguiente|otr[oa]) (?P<unit>semana|mes|año)\b", _whole_unit),
        (rf"\b(?:la |el )?(?P<unit>semana|mes|año) {_NEXT}\b", _whole_unit),
        (
            r"(?:\b(?:el dia|dia)|^(?:para |es |fue |seria )?el|^seria) (?P<day>\d{1,2})"
            r"(?= (?:a las|en la|por la|creo)|$)",
            _lone_day,
        ),
    )
    return tuple((re.compile(pattern), reader) for pattern, reader in forms)
