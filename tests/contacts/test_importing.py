"""A CSV of people: what is taken, what is refused and why, and who is never brought back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from backend.campaigns.enrolment import seed_programmes
from backend.campaigns.programme import Event, Programme
from backend.contacts import importing
from backend.contacts.fields import Field, define
from backend.contacts.importing import Importer, Report
from backend.contacts.rows import PersonRow, Problem, UnreadableFile, read_file
from tests.fixtures_road import Town

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ZONE = ZoneInfo("America/Monterrey")
FIELDS: Mapping[str, Field] = {
    "nombre": Field("nombre", "Nombre"), "fecha_probable_parto": Field("fecha_probable_parto", "Parto", "date")
}  # fmt: skip
PREGNANCY = Programme(
    "salud.prueba", "E", (Event("s20", days=-139, at=time(10), text="…"),), relative_to="fecha_probable_parto"
)
PEOPLE = """telefono,nombre,fecha_probable_parto,zona_horaria,grupos,programa,consentimiento_fecha,consentimiento_medio
81 1234 5678,Ana,02/04/2027,America/Tijuana,norte;piloto,prueba,01/11/2026,papel
+52 1 55 4321 8765,Lupita,2027-05-01,,,prueba,,
8187654321,Brenda,,,,,,
"""


def advice(data: str) -> list[str]:
    return [str(one) for one in read_file(data.encode(), FIELDS, ZONE) if isinstance(one, Problem)]


def test_a_row_becomes_a_person() -> None:
    first = next(read_file(PEOPLE.encode(), FIELDS, ZONE))
    assert isinstance(first, PersonRow)
    assert (first.number, first.phone, first.timezone, first.groups) == (
        2, "+528112345678", "America/Tijuana", ("norte", "piloto")
    )  # fmt: skip
    assert first.values == {"nombre": "Ana", "fecha_probable_parto": date(2027, 4, 2)}
    assert first.consent is not None
    assert first.consent.channel == "papel"


@pytest.mark.parametrize(
    "data",
    [
        "telefono;nombre\r\n8112345678;Íñigo\r\n".encode("cp1252"),
        "\ufefftelefono\tnombre\n8112345678\tÍñigo\n".encode(),
    ],
    ids=["Excel on Windows", "tabs with a mark"],
)
def test_what_spreadsheets_write_is_read(data: bytes) -> None:
    (row,) = read_file(data, FIELDS, ZONE)
    assert isinstance(row, PersonRow)
    assert row.values["nombre"] == "Íñigo"


def test_what_is_wrong_is_told_with_its_row_and_what_to_do() -> None:
    data = (
        "telefono,nombre,fecha_probable_parto,zona_horaria,consentimiento_medio\n"
        "123,Ana,,,\n"
        "8112345678,Ana,31/02/2027,,\n"
        "8112345678,Ana,,America/Monterey,\n"
        "8112345678,Ana,,,papel\n"
        "\n"
        "8112345678,Ana,,,\n"
        "01 81 1234 5678,Ana,,,\n"
        "8112345678,Ana,,,,sobra\n"
    )
    assert advice(data) == [
        "fila 2, telefono: «123» no es un teléfono; escribe sus 10 dígitos",
        "fila 3, fecha_probable_parto: «31/02/2027» no es una fecha; escribe 31/01/2027 o 2027-01-31",
        "fila 4, zona_horaria: «America/Monterey» no es una zona horaria; escribe por ejemplo America/Mexico_City",
        "fila 5, consentimiento_fecha: falta la fecha en que aceptó",
        "fila 8, nombre: mismo teléfono y mismo nombre que en la fila 7; "
        "deja una, o si son dos personas escribe sus apellidos",
        "fila 9: tiene más celdas que columnas; revisa comas y comillas",
    ]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"nombre\nAna\n", "falta la columna"),
        (b"telefono,nonbre\n1,2\n", "quisiste decir 'nombre'"),
        (b"telefono,nombre,nombre\n", "dos veces"),
        (b"PK\x03\x04\x00\x00", "no es un CSV"),
        (b"", "falta la columna"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableFile, match=why):
        list(read_file(data, FIELDS, ZONE))


async def importer(town: Town) -> Importer:
    async with town.sessions.begin() as session:
        await define(session, FIELDS.values())
        await seed_programmes(session, [PREGNANCY], AT)
    return Importer(town.sessions, town.desk.vault, "+525500000000", "ejemplo", ZONE)


def told(report: Report) -> list[str]:
    return [str(note) for note in (*report.problems, *report.notes)]


async def test_people_come_in_once_with_what_is_known_of_them(quiet_town: Town) -> None:
    bring = await importer(quiet_town)
    dry = await bring.run(PEOPLE.encode(), AT, dry_run=True)
    assert await quiet_town.one("SELECT count(*) FROM contacts") == 0
    report = await bring.run(PEOPLE.encode(), AT)
    assert report == dry
    assert (report.new, report.updated, report.enrolled) == (3, 0, 1)
    assert told(report) == ["fila 3, programa: no se inscribe: falta consentimiento_fecha, el día en que aceptó"]
    again = await bring.run(PEOPLE.encode(), AT)
    assert (again.new, again.updated, again.enrolled) == (0, 3, 0)
    assert await quiet_town.one("SELECT count(*) FROM consents") == 1
    assert await quiet_town.one("SELECT count(*) FROM enrolments") == 1
    assert await quiet_town.one("SELECT count(*) FROM group_members") == 2


async def test_who_left_is_never_brought_back(quiet_town: Town) -> None:
    bring = await importer(quiet_town)
    await bring.run(PEOPLE.encode(), AT)
    async with quiet_town.sessions.begin() as session:
        left = "UPDATE contacts SET opted_out_at = '2026-11-20' WHERE id = (SELECT contact_id FROM enrolments)"
        await session.execute(text(left))
        await session.execute(text("UPDATE enrolments SET status = 'ended', reason = 'baja'"))
    report = await bring.run(PEOPLE.replace("Ana", "Otra").encode(), AT)
    assert (report.left, report.updated, report.enrolled) == (1, 2, 0)
    assert "fila 2: se dio de baja el 19/11/2026; no se toca. Solo ella puede volver: que escriba ALTA" in told(report)
    assert await quiet_town.one("SELECT status FROM enrolments") == "ended"
    assert await quiet_town.one("SELECT count(*) FROM contacts WHERE opted_out_at IS NOT NULL") == 1


async def test_consent_that_was_taken_back_stays_back(quiet_town: Town) -> None:
    bring = await importer(quiet_town)
    await bring.run(PEOPLE.encode(), AT)
    async with quiet_town.sessions.begin() as session:
        await session.execute(text("UPDATE contacts SET consented_at = NULL"))
        back = "SELECT contact_id, false, '2026-11-15', 'x' FROM consents"
        await session.execute(text(f"INSERT INTO consents (contact_id, given, at, channel) {back}"))
    report = await bring.run(PEOPLE.encode(), AT)
    assert any("retiró su consentimiento" in note for note in told(report))
    assert await quiet_town.one("SELECT count(*) FROM contacts WHERE consented_at IS NOT NULL") == 0


PHONE = "8112345678"
WHO = """
    SELECT c.shares_with = min(c.id) OVER (), d.day::text FROM contacts c
    LEFT JOIN contact_dates d ON d.contact_id = c.id ORDER BY c.id
"""


def rows(*people: str, phone: str = PHONE) -> bytes:
    """People of one telephone, as «name,due date,consent»."""
    header = "telefono,programa,nombre,fecha_probable_parto,consentimiento_fecha\n"
    return (header + "".join(f"{phone},prueba,{one}\n" for one in people)).encode()


ROSA, LUPITA = "Rosa,02/04/2027,01/11/2026", "Lupita,01/05/2027,01/11/2026"


async def test_two_names_on_one_telephone_are_two_people(quiet_town: Town) -> None:
    bring = await importer(quiet_town)
    dry = await bring.run(rows(ROSA, LUPITA), AT, dry_run=True)
    report = await bring.run(rows(ROSA, LUPITA), AT)
    assert report == dry
    assert (report.new, report.updated, report.enrolled) == (2, 0, 2)
    assert told(report) == ["fila 3, telefono: es el de otra persona; entra aparte y cada mensaje dirá para quién es"]
    assert await quiet_town.rows(WHO) == [(None, "2027-04-02"), (True, "2027-05-01")]
    of_owner = (
        "SELECT bool_and(o.shares_with IS NULL), count(*) FROM conversations c JOIN contacts o ON o.id = c.contact_id"
    )
    assert await quiet_town.rows(of_owner) == [(True, 1)]
    again = await bring.run(rows(LUPITA, ROSA), AT)
    assert (again.new, again.updated, again.enrolled, told(again)) == (0, 2, 0, [])
    assert await quiet_town.rows(WHO) == [(None, "2027-04-02"), (True, "2027-05-01")]


async def test_another_name_comes_beside_whoever_has_the_telephone(quiet_town: Town) -> None:
    bring = await importer(quiet_town)
    await bring.run(rows("Rosa,02/04/2027,"), AT)
    report = await bring.run(rows("Rosa María,02/06/2027,", LUPITA), AT)
    assert (report.new, report.updated) == (1, 1)
    assert await quiet_town.rows(WHO) == [(None, "2027-06-02"), (True, "2027-05-01")]


async def test_who_wrote_before_and_has_no_name_gets_hers(quiet_town: Town) -> None:
    await quiet_town.simulator.phone(number=f"+52{PHONE}").send("hola")
    report = await (await importer(quiet_town)).run(rows(ROSA, LUPITA), AT)
    assert (report.new, report.updated) == (1, 1)
    assert await quiet_town.rows("SELECT id, shares_with FROM contacts ORDER BY id") == [(1, None), (2, 1)]


AMBIGUOUS = "nombre: puede ser más de una persona de ese teléfono; escribe nombre y apellidos"


@pytest.mark.parametrize(
    ("known", "people", "problems"),
    [
        ([ROSA, LUPITA], [",,"], [f"fila 2, {AMBIGUOUS}"]),
        (["María José,,", "María Elena,,"], ["María,,"], [f"fila 2, {AMBIGUOUS}"]),
        (["María,,"], ["María José,,", "María Elena,,"], [f"fila 2, {AMBIGUOUS}", f"fila 3, {AMBIGUOUS}"]),
        (
            [],
            [",,", "Rosa,,"],
            ["fila 3, telefono: ya está en la fila 2; si son dos personas, escribe sus nombres"],
        ),
    ],
    ids=["no name", "two fit the name", "two names fit one", "a row of the file without a name"],
)
async def test_where_it_is_unclear_nobody_is_changed(
    quiet_town: Town, known: list[str], people: list[str], problems: list[str]
) -> None:
    bring = await importer(quiet_town)
    await bring.run(rows(*known), AT)
    before = await quiet_town.rows(WHO)
    report = await bring.run(rows(*people), AT)
    assert [str(one) for one in report.problems] == problems
    assert report.updated == 0
    assert (await quiet_town.rows(WHO))[: len(before)] == before


async def test_who_comes_to_a_telephone_that_left_stays_out(quiet_town: Town) -> None:
    bring = await importer(quiet_town)
    await bring.run(rows(ROSA), AT)
    async with quiet_town.sessions.begin() as session:
        await session.execute(text("UPDATE contacts SET opted_out_at = '2026-11-20'"))
    report = await bring.run(rows(ROSA, LUPITA), AT)
    assert (report.left, report.new, report.updated) == (2, 0, 0)
    assert await quiet_town.one("SELECT count(*) FROM contacts") == 1


async def test_a_dry_run_tells_the_same_however_far_apart_they_stand(
    quiet_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 1)
    bring = await importer(quiet_town)
    data = rows(ROSA) + f"8187654321,,Brenda,,\n{PHONE},prueba,{LUPITA}\n".encode()
    dry = await bring.run(data, AT, dry_run=True)
    assert dry == await bring.run(data, AT)
    assert (dry.new, [note.row for note in dry.notes]) == (3, [4])
