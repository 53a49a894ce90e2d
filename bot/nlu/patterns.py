"""Entities that are recognised by their shape: CURP, folio, telephone, date, weeks of pregnancy."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import phonenumbers
from stdnum.mx import curp

from bot.text import answers

CURP = re.compile(r"(?<![A-Z0-9])[A-ZÑ]{4}[ -]?\d{6}[ -]?[HMX][A-ZÑ]{5}[ -]?[A-Z0-9]\d(?![A-Z0-9])")
FOLIO = re.compile(
    r"(?<![A-Z0-9])([A-Z]{2})[ -]?([2-9CDFGHJKMNPQRTVWXY]{4})[ -]?([2-9CDFGHJKMNPQRTVWXY]{3})(?![A-Z0-9])"
)
NAMED_FOLIO = re.compile(
    r"\bFOLIO\b[\s:#.]*(?:(?:ES|NUMERO|NUM|NO)\b[\s:#.]*){0,2}(?:EL\s+)?((?=[A-Z-]*\d)[A-Z0-9][A-Z0-9-]{3,23})"
)

# 044, 045 and 01 were dialled before 2019, +521 is how phones of then still write mobiles
OLD_PREFIX = re.compile(r"^(?:00)?(?:521|52|044|045|01)?(?=\d{10}$)")
PHONE = re.compile(r"(?<![\w-])\+?\(?\d(?:[\s().-]{0,2}\d){9,14}(?![\w-])")


@dataclass(frozen=True)
class Found:
    """A piece of the text and what it stands for; `start` and `end` count characters of the raw text."""

    entity: str
    value: Any
    start: int
    end: int


def is_curp(text: str) -> bool:
    """18 characters whose date exists and whose check digit is right."""
    return bool(curp.is_valid(text))


def canonical_folio(text: str) -> str | None:
    """`ej 7k3mq2x` -> `EJ-7K3M-Q2X`; None when it has not that shape."""
    match = FOLIO.fullmatch(text.strip().upper())
    return "-".join(match.groups()) if match and any(c.isdigit() for c in text) else None


def e164(text: str) -> str | None:
    """A Mexican number in any spelling as E.164, or None."""
    digits = re.sub(r"\D", "", text)
    try:
        number = phonenumbers.parse(OLD_PREFIX.sub("", digits), "MX")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _curps(upper: str) -> Iterator[Found]:
    for match in CURP.finditer(upper):
        value = re.sub(r"[ -]", "", match.group())
        if is_curp(value):
            yield Found("curp", value, *match.span())


def _folios(upper: str) -> Iterator[Found]:
    spans = []
    for match in FOLIO.finditer(upper):
        value = canonical_folio(match.group())
        if value:
            spans.append(match.span())
            yield Found("folio", value, *match.span())
    for match in NAMED_FOLIO.finditer(upper):
        if not any(start < match.end() and match.start() < end for start, end in spans):
            yield Found("folio", match.group(1), *match.span(1))


def _phones(text: str) -> Iterator[Found]:
    for match in PHONE.finditer(text):
        value = e164(match.group())
        if value:
            yield Found("telefono", value, *match.span())


def find(text: str, today: date) -> list[Found]:
    """Every entity that has a shape of its own, in the order of the table in `intents.yml`."""
    upper = text.upper()
    if len(upper) != len(text):  # "ß" grows in capitals; offsets would not fit
        upper = text
    found = [*_curps(upper), *_folios(upper)]
    if any(character.isdigit() for character in text):
        found += _phones(text)
    weeks = answers.weeks(text)
    if weeks is not None:
        value = list(weeks) if isinstance(weeks, tuple) else weeks
        found.append(Found("semanas_embarazo", value, 0, len(text)))
    day = answers.find_date(text, today)
    if day is not None:
        found.append(Found("fecha", {"text": day.text, "date": day.date.isoformat()}, 0, len(text)))
    return found
