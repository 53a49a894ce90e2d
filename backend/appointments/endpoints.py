"""/api/v1/appointments, for actions and for the systems of clinics and registries, by token."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from backend.api import require_token
from backend.appointments import service
from backend.appointments.models import Appointment
from backend.requests import service as requests
from backend.requests.folio import read_folio
from backend.requests.models import ServiceRequest

router = APIRouter(prefix="/api/v1/appointments", tags=["appointments"], dependencies=[Depends(require_token)])
NOT_FOUND = "no hay ninguna cita con ese folio para esta conversación"


class AppointmentIn(BaseModel):
    """What a conversation tells of an appointment; unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid")

    conversation: int
    kind: Literal["appointment"] = "appointment"
    form: str = Field(max_length=120)
    service: str = Field(max_length=60)
    department: str = Field(max_length=60)
    tramite: str | None = Field(default=None, max_length=60)
    tipo_reporte: str | None = Field(default=None, max_length=60)
    fields: dict[str, Any] = Field(default_factory=dict, max_length=40)


class Change(BaseModel):
    """Another day or hour, or what became of it."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = None
    at: time | None = None
    status: Literal["confirmed", "kept", "missed", "cancelled"] | None = None


@router.post("", status_code=201)
async def create_appointment(
    body: AppointmentIn, request: Request, idempotency_key: Annotated[str, Header(min_length=3, max_length=200)]
) -> JSONResponse:
    """A request under a folio, and the reminders of its day. The same key gets the same answer with 200."""
    state = request.app.state
    wanted = requests.NewRequest(**body.model_dump())
    try:
        async with state.sessions.begin() as session:
            answer = await requests.create(session, state.vault, wanted, idempotency_key, state.folio_prefix)
            if answer.status == 201:
                stored = select(ServiceRequest).where(ServiceRequest.folio == answer.body["folio"])
                await service.record_request(session, state.desk, (await session.scalars(stored)).one())
    except requests.UnknownConversation as error:
        raise HTTPException(404, "no existe esa conversación") from error
    except requests.KeyReused as error:
        raise HTTPException(409, "esa Idempotency-Key ya se usó con otro contenido") from error
    return JSONResponse(answer.body, status_code=answer.status)


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
