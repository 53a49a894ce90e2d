"""Notes: what flows tell departments, and that somebody has seen it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from backend.clock import now
from backend.dashboard.errors import NotHere
from backend.dashboard.forms import RowId, read_own_form
from backend.dashboard.head import counts
from backend.dashboard.inbox import look, own_departments, wanted
from backend.dashboard.render import page
from backend.dashboard.views import note_view
from backend.flows.notes import MOST, list_notes, see
from backend.operators.access import person_of
from backend.operators.audit import record
from backend.operators.service import names

router = APIRouter(prefix="/avisos", include_in_schema=False)


@router.get("")
async def show(request: Request) -> Response:
    """The notes, of one department with `?departamento=`."""
    person = await person_of(request)
    person.must("ver_conversaciones")
    department = wanted(request).department
    async with request.app.state.sessions.begin() as session:
        rows = await list_notes(session, person.departments, department)
        known = await names(session, [row.seen_by for row in rows])
        waiting = await counts(session, person.departments)
        await look(request, session, person, "list", "notes", "", automatic=False, detail={"department": department})
    notes = [note_view(row, request.app.state.desk, known) for row in rows]
    return page(
        request, person, "notes.html", counts=waiting, notes=notes, full=len(notes) >= MOST,
        department=department, departments=own_departments(request, person),
    )  # fmt: skip


@router.post("/{note_id}/visto")
async def mark(request: Request, note_id: RowId) -> Response:
    """Somebody has seen it; back to where the button was."""
    person = await person_of(request)
    form = await read_own_form(request, person)
    person.must("tomar")
    async with request.app.state.sessions.begin() as session:
        conversation_id = await see(session, note_id, person.id, person.departments, now())
        if conversation_id is None:
            raise NotHere
        record(session, person.id, "see", "note", note_id, person.ip, {"conversation": conversation_id})
    if form.get("desde") == "hilo":
        return RedirectResponse(f"/conversaciones/{conversation_id}?hecho=visto", 303)
    department = wanted(request).department
    return RedirectResponse(f"/avisos?departamento={department}" if department else "/avisos", 303)
