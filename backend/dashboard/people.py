"""Accounts and the audit trail, for those who look after the desk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from backend.dashboard.forms import RowId, read_own_form
from backend.dashboard.head import counts_for
from backend.dashboard.inbox import look
from backend.dashboard.render import page, renderer_of
from backend.operators import passwords
from backend.operators.access import Person, person_of
from backend.operators.service import (
    InvalidOperator,
    all_operators,
    create_operator,
    latest_entries,
    names,
    set_active,
)

router = APIRouter(include_in_schema=False)

PAGE = 100


@router.get("/cuentas")
async def accounts(request: Request) -> Response:
    """Everybody who may sign in."""
    person = await person_of(request)
    person.must("administrar_usuarios")
    return await _accounts(request, person)


@router.post("/cuentas")
async def add(request: Request) -> Response:
    """A new account; its password is shown once, on this page."""
    person = await person_of(request)
    form = await read_own_form(request, person)
    person.must("administrar_usuarios")
    department, password = form.get("departamento", ""), passwords.generate()
    known = renderer_of(request).institution.departments
    try:
        if department != "*" and department not in known:
            raise InvalidOperator("Elige un departamento.")
        async with request.app.state.sessions.begin() as session:
            made = await create_operator(
                session, email=form.get("correo", ""), name=form.get("nombre", ""), role=form.get("rol", ""),
                password=password, departments=[] if department == "*" else [department],
                all_departments=department == "*", by=person.id,
            )  # fmt: skip
    except InvalidOperator as invalid:
        return await _accounts(request, person, status=422, problem=str(invalid), typed=dict(form))
    return await _accounts(request, person, status=201, made=(made.email, password))


@router.post("/cuentas/{operator_id}/{verb}")
async def switch(request: Request, operator_id: RowId, verb: str) -> Response:
    """Turn an account on or off."""
    person = await person_of(request)
    await read_own_form(request, person)
    person.must("administrar_usuarios")
    try:
        async with request.app.state.sessions.begin() as session:
            await set_active(session, operator_id, verb == "activar", person.id, person.ip)
    except InvalidOperator as invalid:
        return await _accounts(request, person, status=422, problem=str(invalid))
    return RedirectResponse("/cuentas", 303)


async def _accounts(
    request: Request,
    person: Person,
    status: int = 200,
    problem: str = "",
    typed: dict[str, str] | None = None,
    made: tuple[str, str] | None = None,
) -> Response:
    async with request.app.state.sessions.begin() as session:
        await look(request, session, person, "view_operators", "operator", "", automatic=False)
        people = await all_operators(session)
    departments = renderer_of(request).institution.departments
    return page(
        request, person, "accounts.html", status=status, people=people, departments=departments,
        problem=problem, typed=typed or {}, made=made,
    )  # fmt: skip


@router.get("/auditoria")
async def trail(request: Request, antes: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0) -> Response:
    """Who did what, newest first."""
    person = await person_of(request)
    person.must("ver_auditoria")
    async with request.app.state.sessions.begin() as session:
        entries = await latest_entries(session, person.operator, antes or None, PAGE + 1)
        known = await names(session, [entry.operator_id for entry in entries])
        waiting = await counts_for(session, person)
        await look(request, session, person, "view_audit", "audit", "", automatic=False)
    more = entries[PAGE - 1].id if len(entries) > PAGE else None
    return page(request, person, "audit.html", counts=waiting, entries=entries[:PAGE], names=known, more=more)
