"""POST /api/v1/requests and GET /api/v1/requests/{folio}, for actions and other systems, by token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncSession

from backend.api import require_token
from backend.office import FrontDesk
from backend.requests import service
from backend.requests.effects import carry_out
from backend.requests.models import ServiceRequest

Effect = Callable[[AsyncSession, FrontDesk, ServiceRequest], Awaitable[object]]
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=3, max_length=200)]

router = APIRouter(prefix="/api/v1/requests", tags=["requests"], dependencies=[Depends(require_token)])


class RequestIn(BaseModel):
    """What a conversation asks to be created; unknown keys are refused by name."""

    model_config = ConfigDict(extra="forbid")

    conversation: int
    kind: Literal["request", "report", "enrolment", "appointment"]
    form: str = Field(max_length=120)
    service: str = Field(max_length=60)
    department: str = Field(max_length=60)
    tramite: str | None = Field(default=None, max_length=60)
    tipo_reporte: str | None = Field(default=None, max_length=60)
    fields: dict[str, Any] = Field(default_factory=dict, max_length=40)


async def create_once(request: Request, body: RequestIn, key: str, effect: Effect) -> JSONResponse:
    """Store what is asked under a folio and let `effect` follow, once per key, in one transaction; the same key with
    the same body gets the same answer with 200."""
    state = request.app.state
    wanted = service.NewRequest(**body.model_dump())
    try:
        async with state.sessions.begin() as session:
            answer = await service.create(session, state.vault, wanted, key, state.folio_prefix)
            if answer.status == 201:
                await effect(session, state.desk, await service.stored(session, answer.body["folio"]))
    except service.UnknownConversation as error:
        raise HTTPException(404, "no existe esa conversación") from error
    except service.KeyReused as error:
        raise HTTPException(409, "esa Idempotency-Key ya se usó con otro contenido") from error
    return JSONResponse(answer.body, status_code=answer.status)


@router.post("", status_code=201)
async def create_request(body: RequestIn, request: Request, idempotency_key: Key) -> JSONResponse:
    """A request, report or enrolment under a folio, and what it changes at once."""
    return await create_once(request, body, idempotency_key, carry_out)


@router.get("/{folio}")
async def read_request(folio: str, conversation: int, request: Request) -> dict[str, Any]:
    """The state of a folio as this conversation may see it."""
    async with request.app.state.sessions() as session:
        found = await service.look_up(session, folio, conversation)
    if found is None:
        raise HTTPException(404, "no hay nada con ese folio para esta conversación")
    return found
