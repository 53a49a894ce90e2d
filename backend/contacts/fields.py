"""What is known of people: typed fields, encrypted, except dates. Changing a date moves what campaigns have pending."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.moving import dates_changed, zone_changed
from backend.contacts.models import Contact, ContactDate, ContactField, ContactValue
from backend.crypto import Vault
from bot.packs.yaml_file import File, PackError
from bot.text.folding import fold

KINDS = ("text", "number", "date", "choice")
NAME = "nombre"  # the field that holds what a person wants to be called
LONGEST = 2000
Value = str | date
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")


@dataclass(frozen=True)
class Field:
    """Something that may be known of a person."""

    key: str
    title: str
    kind: str = "text"
    choices: tuple[str, ...] = ()


class BadValue(ValueError):
    """A value that its field cannot take; the message says what to write."""


def read_value(field: Field, written: str) -> Value:
    """What somebody wrote, as the field keeps it. Raises BadValue."""
    text = written.strip()
    if field.kind == "date":
        return _day(text)
    if field.kind == "number":
        return _number(text)
    if field.kind == "choice":
        return _choice(field, text)
    if len(text) > LONGEST:
        raise BadValue(f"tiene más de {LONGEST} letras; acórtalo")
    return text


def _day(text: str) -> date:
    found = _DAY_FIRST.fullmatch(text)
    try:
        if found:
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(text)
    except ValueError:
        raise BadValue(f"«{text}» no es una fecha; escribe 31/01/2027 o 2027-01-31") from None


def _number(text: str) -> str:
    try:
        value = Decimal(text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text)
    except InvalidOperation:
        raise BadValue(f"«{text}» no es un número; escribe 12 o 12.5") from None
    if not value.is_finite():
        raise BadValue(f"«{text}» no es un número; escribe 12 o 12.5")
    return f"{value:f}"


def _choice(field: Field, text: str) -> str:
    known = {fold(one): one for one in field.choices}
    if fold(text) not in known:
        raise BadValue(f"«{text}» no está entre: {', '.join(field.choices)}")
    return known[fold(text)]


def load_fields(data_dir: Path) -> tuple[Field, ...]:
    """Every `services/<pack>/people/*.yml`. Raises PackError with all the faults."""
    fields: list[Field] = []
    faults = []
    for path in sorted(data_dir.glob("services/*/people/*.yml")):
        file = File(path, path.relative_to(data_dir).as_posix())
        for key, section in file.read().section("fields").sections():
            section.only("title", "kind", "choices")
            kind = section.one_of("kind", KINDS) or "text"
            fields.append(Field(key, section.text("title") or key, kind, section.texts("choices")))
        faults += file.faults
    if faults:
        raise PackError(faults)
    return tuple(fields)


async def define(session: AsyncSession, fields: Iterable[Field]) -> None:
    """Make fields known, or change what is known of them."""
    rows = [{"key": f.key, "title": f.title, "kind": f.kind, "choices": list(f.choices)} for f in fields]
    if not rows:
        return
    row = insert(ContactField)
    changed = {name: row.excluded[name] for name in ("title", "kind", "choices")}
    await session.execute(row.on_conflict_do_update(index_elements=["key"], set_=changed), rows)


async def known_fields(session: AsyncSession) -> dict[str, Field]:
    rows = await session.scalars(select(ContactField))
    return {row.key: Field(row.key, row.title, row.kind, tuple(row.choices)) for row in rows}


async def set_values(
    session: AsyncSession, vault: Vault, values: Mapping[int, Mapping[str, Value | None]], at: datetime
) -> None:
    """Store values of people, by contact id and field, as `read_value` gives them; None forgets one."""
    days = {(c, f): v for c, given in values.items() for f, v in given.items() if isinstance(v, date)}
    days = await _others(session, days)
    words = {(c, f): v for c, given in values.items() for f, v in given.items() if isinstance(v, str)}
    gone = [(c, f) for c, given in values.items() for f, v in given.items() if v is None]
    await _put(session, ContactDate, [{"contact_id": c, "field": f, "day": day} for (c, f), day in days.items()])
    sealed = [{"contact_id": c, "field": f, "sealed": vault.seal(text)} for (c, f), text in words.items()]
    await _put(session, ContactValue, sealed)
    for table in (ContactDate, ContactValue) if gone else ():
        await session.execute(delete(table).where(tuple_(table.contact_id, table.field).in_(gone)))
    changed = {**days, **dict.fromkeys(gone)}
    await dates_changed(session, changed, at)


async def _others(session: AsyncSession, days: Mapping[tuple[int, str], date]) -> dict[tuple[int, str], date]:
    """The dates that are not what is known already: saying the same again moves nothing."""
    if not days:
        return {}
    same = select(ContactDate).where(tuple_(ContactDate.contact_id, ContactDate.field).in_(days))
    known = {(row.contact_id, row.field): row.day for row in await session.scalars(same)}
    return {key: day for key, day in days.items() if known.get(key) != day}


async def _put(
    session: AsyncSession, table: type[ContactDate] | type[ContactValue], rows: Sequence[Mapping[str, Any]]
) -> None:
    if not rows:
        return
    row = insert(table)
    kept = {name: row.excluded[name] for name in rows[0] if name not in ("contact_id", "field")}
    await session.execute(row.on_conflict_do_update(index_elements=["contact_id", "field"], set_=kept), rows)


async def values_of(session: AsyncSession, vault: Vault, contacts: Sequence[int]) -> dict[int, dict[str, Value]]:
    """Everything known of these people, by contact id and field."""
    known: dict[int, dict[str, Value]] = {contact: {} for contact in contacts}
    for day in await session.scalars(select(ContactDate).where(ContactDate.contact_id.in_(contacts))):
        known[day.contact_id][day.field] = day.day
    for value in await session.scalars(select(ContactValue).where(ContactValue.contact_id.in_(contacts))):
        known[value.contact_id][value.field] = vault.open(value.sealed)
    return known


async def set_timezone(session: AsyncSession, contact_id: int, timezone: str, at: datetime) -> None:
    """The person lives by another clock from now on; `timezone` is an IANA name."""
    await session.execute(update(Contact).where(Contact.id == contact_id).values(timezone=timezone))
    await zone_changed(session, [contact_id], at)
