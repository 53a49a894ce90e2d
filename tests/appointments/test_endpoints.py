"""/api/v1/appointments: a form becomes an appointment once, and other systems move it or say what became of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.appointments.endpoints import router
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
