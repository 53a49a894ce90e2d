"""Alarms: the list with its clock, and what a person says of one: read, danger, worry, mistake, over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms import service
from backend.conversations.floor import NotAllowed
from backend.dashboard.errors import NotHere
from backend.dashboard.forms import RowId, read_own_form
from backend.dashboard.head import counts
from backend.dashboard.inbox import look
from backend.dashboard.render import page, renderer_of
from backend.dashboard.views import alarm_view
from backend.operators.access import Person, person_of
from backend.operators.audit import record
from backend.operators.service import names

router = APIRouter(prefix="/alarmas", include_in_schema=False)

Change = Callable[[AsyncSession, Person], Awaitable[int]]


@router.get("")
async def show(request: Request) -> Response:
    """Open alarms, or with `?cerradas=1` those that are over."""
    return await _list(request, await person_of(request), "alarms.html", automatic=False)


@router.get("/lista")
async def refresh(request: Request) -> Response:
    """The list alone, for the page that is open."""
    return await _list(request, await person_of(request, used=False), "_alarms.html", automatic=True)


async def _list(request: Request, person: Person, template: str, *, automatic: bool) -> Response:
    person.must("ver_conversaciones")
    closed = request.query_params.get("cerradas") == "1"
    async with request.app.state.sessions.begin() as session:
        rows = await service.list_alarms(session, person.departments, closed)
        overdue = await service.overdue(session, person.departments)
        known = await names(session, [row.acknowledged_by for row in rows])
        waiting = await counts(session, person.departments)
        await look(request, session, person, "list", "alarms", "", automatic)
    departments = renderer_of(request).institution.departments
    alarms = [alarm_view(row, request.app.state.vault, known, departments) for row in rows]
    return page(request, person, template, counts=waiting, alarms=alarms, overdue=overdue, closed=closed)


@router.post("/{alarm_id}/acuse")
async def acknowledge(request: Request, alarm_id: RowId) -> Response:
    """Somebody has read it: the telephones stop, and the person is told."""
    desk = request.app.state.desk

    async def change(session: AsyncSession, person: Person) -> int:
        return await service.acknowledge(session, desk, alarm_id, person.id, person.departments)

    return await _change(request, alarm_id, change, "acknowledge", "acuse")


@router.post("/{alarm_id}/cerrar")
async def close(request: Request, alarm_id: RowId) -> Response:
    """The danger is over."""
    desk = request.app.state.desk

    async def change(session: AsyncSession, person: Person) -> int:
        return await service.close(session, desk, alarm_id, person.id, person.departments)

    return await _change(request, alarm_id, change, "close", "cerrada")


@router.post("/{alarm_id}/triage/{verdict}")
async def triage(request: Request, alarm_id: RowId, verdict: service.Triage) -> Response:
    """What it is, in a person's judgement."""
    desk = request.app.state.desk

    async def change(session: AsyncSession, person: Person) -> int:
        return await service.triage(session, desk, alarm_id, person.id, person.departments, verdict)

    return await _change(request, alarm_id, change, "triage", "error" if verdict == "mistake" else "triage", verdict)


async def _change(
    request: Request, alarm_id: int, change: Change, action: str, done: str, verdict: str | None = None
) -> Response:
    person = await person_of(request)
    await read_own_form(request, person)
    person.must("atender_alarmas")
    try:
        async with request.app.state.sessions.begin() as session:
            conversation_id = await change(session, person)
            detail = {"conversation": conversation_id, "triage": verdict}
            record(session, person.id, action, "alarm", alarm_id, person.ip, detail)
    except NotAllowed as refused:
        raise NotHere from refused
    await request.app.state.queue.wake("deliveries")
    return RedirectResponse(f"/conversaciones/{conversation_id}?hecho={done}", 303)
