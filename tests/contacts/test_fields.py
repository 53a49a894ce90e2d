"""Typed fields of people: what is understood, what is kept encrypted, and groups."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.contacts.fields import (
    BadValue,
    Field,
    define,
    known_fields,
    load_fields,
    read_value,
    set_values,
    values_of,
)
from backend.contacts.groups import add_to_groups, groups_of, members, remove_from_groups
from backend.contacts.models import Contact
from bot.packs.yaml_file import PackError
from tests.fixtures_road import Town

CASES = yaml.load(Path(__file__).with_name("fields.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
AT = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("case", CASES, ids=[f"{case['kind']} {case['written']}" for case in CASES])
def test_a_field_reads_what_people_write(case: dict[str, Any]) -> None:
    field = Field("x", "X", case["kind"], tuple(case.get("choices", ())))
    if "advice" in case:
        with pytest.raises(BadValue, match=case["advice"]):
            read_value(field, case["written"])
    else:
        assert str(read_value(field, case["written"])) == case["value"]


def test_fields_come_from_packs_and_faults_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "services" / "salud" / "people"
    folder.mkdir(parents=True)
    written = "fields:\n  parto: {title: Parto, kind: date}\n  clinica: {kind: choice, choices: [Norte, Sur]}\n"
    (folder / "fields.yml").write_text(written, encoding="utf-8")
    assert load_fields(tmp_path) == (
        Field("parto", "Parto", "date"),
        Field("clinica", "clinica", "choice", ("Norte", "Sur")),
    )
    (folder / "fields.yml").write_text("fields:\n  parto: {kind: fecha}\n", encoding="utf-8")
    with pytest.raises(PackError, match="'fecha' no existe"):
        load_fields(tmp_path)


async def test_values_are_kept_encrypted_and_dates_beside(quiet_town: Town) -> None:
    vault = quiet_town.desk.vault
    async with quiet_town.sessions.begin() as session:
        await define(session, [Field("nombre", "Nombre"), Field("parto", "Parto", "date")])
        contact = Contact()
        session.add(contact)
        await session.flush()
        await set_values(session, vault, {contact.id: {"nombre": "Ana", "parto": date(2027, 4, 2)}}, AT)
        await set_values(session, vault, {contact.id: {"nombre": "Ana María"}}, AT)
        assert await values_of(session, vault, [contact.id]) == {
            contact.id: {"nombre": "Ana María", "parto": date(2027, 4, 2)}
        }
        assert (await known_fields(session))["parto"].kind == "date"
    assert "Ana" not in str(await quiet_town.rows("SELECT sealed FROM contact_values"))
    async with quiet_town.sessions.begin() as session:
        await set_values(session, vault, {contact.id: {"nombre": None, "parto": None}}, AT)
        assert await values_of(session, vault, [contact.id]) == {contact.id: {}}


async def test_people_come_into_groups_and_leave_them(quiet_town: Town) -> None:
    async with quiet_town.sessions.begin() as session:
        people = [Contact() for _ in range(3)]
        session.add_all(people)
        await session.flush()
        ids = [one.id for one in people]
        await add_to_groups(session, ["embarazo", "norte"], ids)
        await add_to_groups(session, ["embarazo"], ids[:1])
        await remove_from_groups(session, ids[0], ["norte"])
        await remove_from_groups(session, ids[1])
        assert await groups_of(session, ids) == {
            ids[0]: {"embarazo"}, ids[1]: frozenset(), ids[2]: {"embarazo", "norte"}
        }  # fmt: skip
        assert await members(session, "embarazo") == [ids[0], ids[2]]
