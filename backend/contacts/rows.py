"""A CSV of people, read: each row as values, or what is wrong with it and what to do."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backend.contacts.fields import NAME, BadValue, Field, Value, read_value
from backend.contacts.household import same_name
from bot.packs.yaml_file import nearest
from channels.phone import to_e164

PHONE = "telefono"
PLAIN = (PHONE, "idioma", "zona_horaria", "grupos", "programa")
CONSENT = ("consentimiento_fecha", "consentimiento_medio", "consentimiento_version", "consentimiento_texto")
FIRST_ROW = 2  # as a spreadsheet counts: the first is the header


@dataclass(frozen=True)
class Problem:
    """What is wrong in a row, 0 for the file itself, and what to do about it."""

    row: int
    column: str
    advice: str

    def __str__(self) -> str:
        where = f"fila {self.row}" if self.row else "archivo"
        return f"{where}, {self.column}: {self.advice}" if self.column else f"{where}: {self.advice}"


@dataclass(frozen=True)
class Given:
    """Consent as the row tells it."""

    at: datetime
    channel: str
    version: str | None
    text: str | None


@dataclass(frozen=True)
class PersonRow:
    """One person of the file."""

    number: int
    phone: str
    values: Mapping[str, Value] = field(default_factory=dict)
    language: str | None = None
    timezone: str | None = None
    groups: tuple[str, ...] = ()
    programme: str | None = None
    consent: Given | None = None

    @property
    def name(self) -> str:
        return str(self.values.get(NAME, ""))


class UnreadableFile(ValueError):
    """Nothing of the file can be used; the message says why."""


def read_file(data: bytes, fields: Mapping[str, Field], zone: tzinfo) -> Iterator[PersonRow | Problem]:
    """Rows in order. `zone` is that of dates without one. Raises UnreadableFile before the first row."""
    table = csv.reader(io.StringIO(_text(data), newline=""), dialect=_Dialect(_separator(data)))
    header = [name.strip().lower() for name in next(table, [])]
    _check(header, fields)
    seen: defaultdict[str, list[PersonRow]] = defaultdict(list)
    for number, cells in enumerate(table, FIRST_ROW):
        if not any(cell.strip() for cell in cells):
            continue
        read = _row(number, header, cells, fields, zone)
        if isinstance(read, PersonRow):
            read = _again(read, seen[read.phone]) or read
        if isinstance(read, PersonRow):
            seen[read.phone].append(read)
        yield read


def _again(row: PersonRow, others: Sequence[PersonRow]) -> Problem | None:
    """Rows of one telephone are different people where each has a name of her own."""
    for one in others:
        if not (one.name and row.name):
            return Problem(
                row.number, PHONE, f"ya está en la fila {one.number}; si son dos personas, escribe sus nombres"
            )
        if same_name(one.name, row.name):
            advice = "deja una, o si son dos personas escribe sus apellidos"
            return Problem(row.number, NAME, f"mismo teléfono y mismo nombre que en la fila {one.number}; {advice}")
    return None


def _text(data: bytes) -> str:
    """UTF-8, with or without a mark, or what Excel writes on Windows."""
    if b"\x00" in data:
        raise UnreadableFile("no es un CSV; en la hoja de cálculo elige «Guardar como CSV UTF-8»")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _separator(data: bytes) -> str:
    first = data.split(b"\n", 1)[0]
    return max(",;\t", key=lambda mark: first.count(mark.encode()))


class _Dialect(csv.excel):
    def __init__(self, separator: str) -> None:
        self.delimiter = separator
        super().__init__()


def _check(header: list[str], fields: Mapping[str, Field]) -> None:
    known = (*PLAIN, *CONSENT, *fields)
    if PHONE not in header:
        raise UnreadableFile(f"falta la columna «{PHONE}»; la primera fila lleva los nombres de las columnas")
    unknown = [name for name in header if name not in known]
    if unknown:
        raise UnreadableFile(f"no existe la columna «{unknown[0]}»{nearest(unknown[0], known)}; corrígela o quítala")
    twice = next((name for name in header if header.count(name) > 1), None)
    if twice:
        raise UnreadableFile(f"la columna «{twice}» está dos veces; deja una")


def _row(
    number: int, header: list[str], cells: list[str], fields: Mapping[str, Field], zone: tzinfo
) -> PersonRow | Problem:
    if len(cells) > len(header):
        return Problem(number, "", "tiene más celdas que columnas; revisa comas y comillas")
    cell = {name: text.strip() for name, text in zip(header, cells, strict=False) if text.strip()}
    phone = to_e164(cell.get(PHONE, ""))
    if phone is None:
        return Problem(number, PHONE, f"«{cell.get(PHONE, '')}» no es un teléfono; escribe sus 10 dígitos")
    column = PHONE
    try:
        values = {}
        for column in (name for name in cell if name in fields):
            values[column] = read_value(fields[column], cell[column])
        column = "zona_horaria"
        timezone = _timezone(cell.get(column))
        column = "consentimiento_fecha"
        consent = _consent(cell, zone)
    except BadValue as problem:
        return Problem(number, column, str(problem))
    return PersonRow(
        number,
        phone,
        values,
        language=cell.get("idioma"),
        timezone=timezone,
        groups=tuple(name.strip() for name in cell.get("grupos", "").split(";") if name.strip()),
        programme=cell.get("programa"),
        consent=consent,
    )


def _timezone(name: str | None) -> str | None:
    try:
        return None if name is None else ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        raise BadValue(f"«{name}» no es una zona horaria; escribe por ejemplo America/Mexico_City") from None


def _consent(cell: Mapping[str, str], zone: tzinfo) -> Given | None:
    if not any(name in cell for name in CONSENT):
        return None
    if "consentimiento_fecha" not in cell:
        raise BadValue("falta la fecha en que aceptó")
    day = read_value(Field("", "", "date"), cell["consentimiento_fecha"])
    assert not isinstance(day, str)
    return Given(
        datetime.combine(day, time(12), zone).astimezone(UTC),
        cell.get("consentimiento_medio", "papel"),
        cell.get("consentimiento_version"),
        cell.get("consentimiento_texto"),
    )
