"""/api/v1/appointments, for actions and for the systems of clinics and registries, by token."""

from __future__ import annotations

from datetime import date, time
from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from backend.api import require_token
from backend.appointments import service
from backend.appointments.forms import record_request
from backend.appointments.models import Appointment
from backend.requests.endpoints import Key, RequestIn, create_once
from backend.requests.folio import read_folio

router = APIRouter(prefix="/api/v1/appointments", tags=["appointments"], dependencies=[Depends(require_token)])
NOT_FOUND = "no hay ninguna cita con ese folio para esta conversación"


class AppointmentIn(RequestIn):
    """What a conversation tells of an appointment; unknown keys are refused by name."""

    kind: Literal["appointment"] = "appointment"


class Change(BaseModel):
    """Another day or hour, or what became of it."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = None
    at: time | None = None
    status: Literal["confirmed", "kept", "missed", "cancelled"] | None = None


@router.post("", status_code=201)
async def create_appointment(body: AppointmentIn, request: Request, idempotency_key: Key) -> JSONResponse:
    """A request under a folio, and the reminders of its day. The same key gets the same answer with 200."""
    return await create_once(request, body, idempotency_key, record_request)


@router.get("/{folio}")
async def read_appointment(folio: str, conversation: int, request: Request) -> dict[str, Any]:
    """The appointment under a folio, as this conversation may see it."""
    async with request.app.state.sessions.begin() as session:
        return service.described(await _find(session, folio, conversation), request.app.state.vault)


@router.patch("/{folio}")
async def change_appointment(folio: str, conversation: int, body: Change, request: Request) -> dict[str, Any]:
    """Move it, or say what became of it; its reminders follow. Doing it twice is doing it once."""
    state = request.app.state
    async with state.sessions.begin() as session:
        appointment = await _find(session, folio, conversation)
        day, at = body.day or appointment.day, body.at if "at" in body.model_fields_set else appointment.at
        if (day, at) != (appointment.day, appointment.at):
            await service.move(session, state.desk, appointment, day, at)
        if body.status and body.status != appointment.status:
            await service.settle(session, appointment, body.status)
        return service.described(appointment, state.vault)


async def _find(session: Any, folio: str, conversation: int) -> Appointment:
    exact = read_folio(folio)
    found = await service.find(session, exact, conversation) if exact else None
    if found is None:
        raise HTTPException(404, NOT_FOUND)
    return found
