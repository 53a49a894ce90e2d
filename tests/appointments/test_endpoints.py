"""/api/v1/appointments: a form becomes an appointment once, and other systems move it or say what became of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend.appointments.endpoints import router
from backend.appointments.service import from_flow
from backend.clock import now
from backend.contacts.forgetting import forget_due, forget_person
from backend.contacts.importing import Importer
from backend.conversations.models import Conversation
from backend.simulator.phones import Phone
from tests.appointments.conftest import Clinic
from tests.fixtures_road import SECRET

FORM: dict[str, Any] = {
    "kind": "appointment",
    "form": "salud_materna.cita_salud",
    "service": "salud_materna",
    "department": "salud",
    "fields": {"fecha": "2026-12-04", "clinica": "Centro de Salud Norte"},
}


@pytest.fixture
async def api(clinic: Clinic) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.state = clinic.town.app.state
    app.include_router(router)
    headers = {"Authorization": f"Bearer {SECRET}"}
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
        yield client


async def make(clinic: Clinic, api: httpx.AsyncClient, key: str = "t1:1", **more: Any) -> httpx.Response:
    body = {**FORM, "conversation": await clinic.conversation(), **more}
    return await api.post("/api/v1/appointments", json=body, headers={"Idempotency-Key": key})


async def test_a_form_becomes_an_appointment_once(clinic: Clinic, api: httpx.AsyncClient) -> None:
    phone = await clinic.person()
    made, again = await make(clinic, api), await make(clinic, api)
    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json() == again.json() and made.json()["kind"] == "appointment"
    assert await clinic.town.one("SELECT count(*) FROM appointments") == 1
    (reminder,) = await clinic.on("2026-12-03T10:00", phone)
    assert "en Centro de Salud Norte" in reminder


async def test_a_form_without_a_day_is_a_request_and_no_appointment(clinic: Clinic, api: httpx.AsyncClient) -> None:
    await clinic.person()
    assert (await make(clinic, api, fields={"clinica": "Norte"})).status_code == 201
    assert await clinic.town.one("SELECT count(*) FROM appointments") == 0


async def test_another_system_moves_it_and_says_what_became_of_it(clinic: Clinic, api: httpx.AsyncClient) -> None:
    phone = await clinic.person()
    folio = (await make(clinic, api)).json()["folio"]
    path, who = f"/api/v1/appointments/{folio}", {"conversation": await clinic.conversation()}
    for _ in range(2):
        moved = await api.patch(path, params=who, json={"day": "2026-12-10", "at": "09:30"})
        assert (moved.json()["day"], moved.json()["at"]) == ("2026-12-10", "09:30")
    assert await clinic.row("revision") == (1,)
    assert await clinic.on("2026-12-03T10:00", phone) == []
    assert (await api.patch(path, params=who, json={"status": "cancelled"})).json()["next_notice_at"] is None
    assert (await api.get(path, params=who)).json()["status"] == "cancelled"


async def test_only_her_own(clinic: Clinic, api: httpx.AsyncClient) -> None:
    await clinic.person()
    folio = (await make(clinic, api)).json()["folio"]
    stranger = {"conversation": await clinic.conversation() + 1}
    assert (await api.get(f"/api/v1/appointments/{folio}", params=stranger)).status_code == 404
    assert (await api.get(f"/api/v1/appointments/{folio}", params=stranger, headers={"Authorization": ""})).is_error


OWNER = "SELECT id FROM contacts WHERE shares_with IS NULL"
SISTER = "SELECT id FROM contacts WHERE shares_with IS NOT NULL"


async def sisters(clinic: Clinic) -> Phone:
    """Rosa and Lupita take part by one telephone, which is Rosa's."""
    phone = await clinic.person()
    people = "".join(f"{phone.id},{name},embarazo,01/11/2026\n" for name in ("Rosa", "Lupita"))
    desk = clinic.town.desk
    bring = Importer(clinic.town.sessions, desk.vault, "+525500000000", desk.jurisdiction, ZoneInfo(desk.timezone))
    report = await bring.run(f"telefono,nombre,programa,consentimiento_fecha\n{people}".encode(), now())
    assert (report.enrolled, report.problems) == (2, [])
    return phone


async def is_of(clinic: Clinic, folio: str, who: str, **values: str) -> None:
    """The flow that asked whose it is has been told."""
    async with clinic.town.sessions.begin() as session:
        conversation = await session.get_one(Conversation, await clinic.conversation())
        person = await clinic.town.one(who)
        assert isinstance(person, int)
        hers = {"folio": folio, "state": "hers"}
        await from_flow(session, clinic.town.desk, conversation, person, "salud_materna", values or hers)


async def test_where_several_take_part_she_whose_it_is_is_asked_for_and_named(
    clinic: Clinic, api: httpx.AsyncClient
) -> None:
    phone = await sisters(clinic)
    folio = (await make(clinic, api)).json()["folio"]
    assert await clinic.town.rows("SELECT flow, status FROM flow_runs") == [("comun/de_quien_cita", "queued")]
    await is_of(clinic, folio, SISTER)
    assert await clinic.row(f"contact_id = ({SISTER}), of_telephone") == (True, False)
    (reminder,) = await clinic.on("2026-12-03T10:00", phone)
    assert reminder.startswith("Lupita: Recordatorio: tu cita es mañana")
    (asked,) = await clinic.on("2026-12-05T10:00", phone)
    assert asked == "Lupita: ¿Fuiste a tu cita de ayer? Responde SI o NO."
    seen = await api.get(f"/api/v1/appointments/{folio}", params={"conversation": await clinic.conversation()})
    assert seen.json()["day"] == "2026-12-04"


async def test_until_somebody_says_whose_it_is_nobody_is_named(clinic: Clinic, api: httpx.AsyncClient) -> None:
    phone = await sisters(clinic)
    await make(clinic, api)
    (reminder,) = await clinic.on("2026-12-03T10:00", phone)
    assert reminder.startswith("Recordatorio: tu cita es mañana")


@pytest.mark.parametrize(("who", "left"), [(OWNER, 1), (SISTER, 2)], ids=["hers", "her sister's"])
async def test_what_she_told_a_flow_before_is_the_same_appointment(
    clinic: Clinic, api: httpx.AsyncClient, who: str, left: int
) -> None:
    await sisters(clinic)
    await is_of(clinic, "", OWNER, date="2026-12-04", state="made")
    folio = (await make(clinic, api)).json()["folio"]
    assert await clinic.town.one("SELECT count(*) FROM appointments") == 2
    for _ in range(2):
        await is_of(clinic, folio, who)
    assert await clinic.town.one("SELECT count(*) FROM appointments") == left


async def test_who_alone_takes_part_is_not_asked(clinic: Clinic, api: httpx.AsyncClient) -> None:
    phone = await sisters(clinic)
    async with clinic.town.sessions.begin() as session:
        ended = f"UPDATE enrolments SET status = 'ended', reason = 'salida' WHERE contact_id = ({OWNER})"
        await session.execute(text(ended))
    await make(clinic, api)
    assert await clinic.row(f"contact_id = ({SISTER}), of_telephone") == (True, False)
    (reminder,) = await clinic.on("2026-12-03T10:00", phone)
    assert reminder.startswith("Recordatorio")


async def test_who_is_forgotten_takes_her_appointment_and_what_the_form_was_told_along(
    clinic: Clinic, api: httpx.AsyncClient
) -> None:
    await sisters(clinic)
    for key, day, who in (("t1:1", "2026-12-04", OWNER), ("t2:1", "2026-12-09", SISTER)):
        folio = (await make(clinic, api, key, fields={"fecha": day})).json()["folio"]
        await is_of(clinic, folio, who)
    async with clinic.town.sessions.begin() as session:
        sister = await clinic.town.one(SISTER)
        assert isinstance(sister, int)
        await forget_person(session, sister, "twilio_sms", now())
        assert await forget_due(session, clinic.town.desk, now()) == 1
    assert await clinic.town.rows("SELECT day::text FROM appointments") == [("2026-12-04",)]
    sealed = await clinic.town.rows("SELECT sealed_fields FROM service_requests ORDER BY id")
    fields = [json.loads(clinic.town.desk.vault.open(str(one))) for (one,) in sealed]
    assert fields == [{"fecha": "2026-12-04"}, {}]
