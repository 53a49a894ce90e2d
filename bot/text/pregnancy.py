"""Weeks of pregnancy: said in weeks, or in months, which are a range."""

from __future__ import annotations

import re

from bot.text.calendar_words import spelt_out
from bot.text.folding import fold
from bot.text.numbers import digits

_TOKEN = re.compile(r"\d+\.\d+|\d+|[a-zñ]+")
_LONGEST = 1_000
_MAX_WEEKS, _MAX_MONTHS = 44, 10
_WEEKS_IN_MONTH = 4.345
_FAR_ON = 13  # weeks

_IN_WEEKS = re.compile(
    r"\b(\d{1,2})(?:\.\d)? (?:semanas?|sdg|semanitas?)\b|\bsemanas? (?:numero |num |no )?(\d{1,2})\b"
)
_BETWEEN = re.compile(r"\b(?:entre )?(\d{1,2}) (?:a|o|u|y|y las|a las) (\d{1,2}) (?:semanas?|sdg|semanitas?)\b")
_WIDEST = 4  # weeks of "entre 20 y 22"
_AND_DAYS = re.compile(r"^ (?:con|mas) \d dias?\b")  # only pregnancies are counted so
_IN_MONTHS = re.compile(
    r"\b(?:(\d{1,2}|un) )?(?:mes(?:es)?|mesesitos|mesecitos)\b( y medio| y media)?(?: (?:y|con) (\d) semanas?)?"
)
_ALONE = re.compile(r"^(?:como |son |tengo |de |las |unas |ya |casi |estoy de |voy en la )*(\d{1,2})(?:\.\d)?$")
_PREGNANCY = re.compile(
    r"\bembaraz|\bgestacion|\bpreñada|\bsdg\b|\bpanza\b|\bencinta\b|\bpanzona\b|\besper(?:o|ando) (?:un |una )?bebe\b"
)
_EARLIER = re.compile(  # another pregnancy than the one of today
    r"\b(?:perd(?:i|io) (?:un |mi |el |a mi |su )?(?:embarazo|bebe)|aborto|embarazo anterior|anterior embarazo)\b"
    r"(?!.*\b(?:ahora|ahorita|hoy|otra vez)\b)"
)
_SUBJECT = re.compile(
    r"\b(?:estoy|ando|voy|tengo|llevo|cumpli|cumplo|soy|esta|va|entre|entro|tiene|de)\b"
    r"(?: (?:ya|de|en|la|a|como|casi|apenas|mi|por|con|unas|las|los|mas|o|menos|aprox))* *$"
)
_NOT_BEFORE = re.compile(
    r"\b(?:hace|ase|ace|dentro de|en|cada|faltan|falta|desde hace|de aqui a|hasta|por)"
    r" (?:como |unas |unos |ya |casi )?$"
)
_LASTS = re.compile(r"\b(?:es|son|dura|duran|dan) (?:de )?$")  # "la incapacidad es de 12 semanas"
_WITH_CHILD = re.compile(r"\bembarazada (?:de|con) $")
_NOT_AFTER = re.compile(
    r"^ ?(?:sin|con (?!\d|mi|que|embaraz|gestacion)|esperando"
    r"|que|tratando|pagando|viviendo|casada|de (?!(?:mi |su |este )?(?:\w+ )?(?:embaraz|gestacion|panz|preñad|encinta))"
    r"|atras|antes|nacid|despues|intentando|buscando|trabajando)"
)
_I_AM = re.compile(r"\b(?:voy|toy|estoy|ando|tengo)(?: (?:ya|de|en|la|las|como|casi|con))* $")
_BABY = re.compile(r"\b(?:bebe|bebito|bebita|bb|hijo|hija|niño|niña|nene|nena|recien|nacio)\b")


def weeks(text: str, asked: bool = False) -> int | tuple[int, int] | None:
    """Weeks of pregnancy, 1 to 44; n months are (4n, round(4.345 n)); None when not said.

    `asked`: the question was just put, so `20` or `5 meses` is enough. Otherwise pregnancy must be the subject:
    the age of a baby, `hace 3 semanas` or `3 semanas sin agua` are not weeks of pregnancy.
    """
    said = _said(text[:_LONGEST])
    found = _find(said, asked)
    if found is None and asked:
        alone = _ALONE.match(said)
        found = int(alone[1]) if alone else None
    low = found[0] if isinstance(found, tuple) else found
    return found if low is not None and 1 <= low <= _MAX_WEEKS else None


def _said(text: str) -> str:
    return " ".join(digits([word for token in _TOKEN.findall(fold(text)) for word in spelt_out(token)]))


def _find(said: str, asked: bool) -> int | tuple[int, int] | None:
    both = _IN_MONTHS.search(said)
    if both and both[1] and both[3] and _is_about_pregnancy(said, both, asked):
        return _from_months(both)
    for match in _BETWEEN.finditer(said):
        low, high = int(match[1]), int(match[2])
        if 0 < high - low <= _WIDEST and _is_about_pregnancy(said, match, asked):
            return low, high
    for match in _IN_WEEKS.finditer(said):
        if _is_about_pregnancy(said, match, asked):
            return int(match[1] or match[2])
    for match in _IN_MONTHS.finditer(said):
        if (match[1] or match[2]) and _is_about_pregnancy(said, match, asked):
            return _from_months(match)
    return None


def _from_months(match: re.Match[str]) -> tuple[int, int] | None:
    count = 1 if match[1] in (None, "un") else int(match[1])
    months = count + (0.5 if match[2] else 0)
    if months > _MAX_MONTHS:
        return None
    more = int(match[3] or 0)
    return round(4 * months) + more, round(_WEEKS_IN_MONTH * months) + more


def _is_about_pregnancy(said: str, match: re.Match[str], asked: bool) -> bool:
    before, after = said[: match.start()], said[match.end() :]
    if _NOT_BEFORE.search(before) and not re.search(r"\b(?:voy|ando|entre|entro|estoy) en $", before):
        return False
    if _EARLIER.search(before):
        return False
    if _NOT_AFTER.match(after) and not (match[0].endswith("sdg") or _WITH_CHILD.search(before)):
        return False
    if asked or _PREGNANCY.search(said):
        return not (_BABY.search(before) and not _PREGNANCY.search(said)) or asked
    if _LASTS.search(before):
        return False
    if _BABY.search(said) and not _is_far_on(before, match):
        return False
    return bool(_SUBJECT.search(before) or (not before.strip() and _AND_DAYS.match(after)))


def _is_far_on(before: str, match: re.Match[str]) -> bool:
    """So many weeks are no baby's age: `tengo 24 semanas y mi bebe pesa 650 gramos`."""
    return match.re is _IN_WEEKS and int(match[1] or match[2]) >= _FAR_ON and _I_AM.search(before) is not None
