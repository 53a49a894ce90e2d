"""Sending: the brake of notices and campaigns, the budget, and the campaigns with their people and their cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.budget import cost, spent_until, used
from backend.campaigns.estimate import Amount, ahead, so_far
from backend.campaigns.overview import overview
from backend.campaigns.rules import read_rules, resume_sending, stop_sending
from backend.clock import now
from backend.dashboard.forms import read_own_form
from backend.dashboard.head import counts_for
from backend.dashboard.inbox import look
from backend.dashboard.render import page, renderer_of
from backend.operators.access import Person, person_of
from backend.operators.audit import record

router = APIRouter(prefix="/envios", include_in_schema=False)

SPAN = timedelta(days=30)  # of cost, before and after
DONE: Mapping[str, str] = {
    "stop_sending": "Avisos y campañas están detenidos. Respuestas y alarmas siguen saliendo.",
    "resume_sending": "Avisos y campañas salen otra vez.",
    "unchanged": "Alguien ya lo había hecho.",
}
Change = Callable[[AsyncSession, Person, datetime], Awaitable[bool]]


@router.get("")
async def show(request: Request) -> Response:
    """How sending stands; with `?costo=1` also what each campaign has cost and will cost, which takes a while."""
    person = await person_of(request)
    person.must("detener_envios")
    state, at, zone = request.app.state, now(), renderer_of(request).zone
    async with state.sessions.begin() as session:
        rules = await read_rules(session)
        shown: dict[str, Any] = {
            "rules": rules,
            "budget": used(rules, await spent_until(session, at.astimezone(zone).date())),
            "campaigns": await overview(session, state.programmes),
            "costs": None,
        }
        if request.query_params.get("costo") == "1":
            shown["costs"] = await so_far(session, at - SPAN), await ahead(session, zone, at, at + SPAN)
        shown["counts"] = await counts_for(session, person)
        await look(request, session, person, "list", "sending", "", automatic=False)
    done = DONE.get(request.query_params.get("hecho", ""), "")
    return page(
        request, person, "sending.html", done=done, problem="", cost=cost, nothing=Amount(), days=SPAN.days,
        in_production=state.settings.in_production, **shown,
    )  # fmt: skip


@router.post("/detener")
async def stop(request: Request) -> Response:
    """Hold notices and campaigns."""

    async def change(session: AsyncSession, person: Person, at: datetime) -> bool:
        return await stop_sending(session, person.operator.name, at)

    return await _change(request, "stop_sending", change)


@router.post("/reanudar")
async def resume(request: Request) -> Response:
    """Let them go again."""

    async def change(session: AsyncSession, _: Person, at: datetime) -> bool:
        return await resume_sending(session, at)

    return await _change(request, "resume_sending", change)


async def _change(request: Request, action: str, change: Change) -> Response:
    person = await person_of(request)
    await read_own_form(request, person)
    person.must("detener_envios")
    async with request.app.state.sessions.begin() as session:
        changed = await change(session, person, now())
        record(session, person.id, action, "sending_rules", "", person.ip)
    await request.app.state.queue.wake("deliveries")
    return RedirectResponse(f"/envios?hecho={action if changed else 'unchanged'}", 303)
