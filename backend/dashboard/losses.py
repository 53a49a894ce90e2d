"""A loss that was none: staff undo it within seven days, and the messages go on."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from backend.campaigns import life
from backend.clock import now
from backend.conversations import service
from backend.dashboard.errors import NotHere
from backend.dashboard.forms import RowId, read_own_form
from backend.operators.access import person_of
from backend.operators.audit import record

router = APIRouter(prefix="/conversaciones/{conversation_id}/perdida", include_in_schema=False)


@router.post("/{contact_id}/deshacer")
async def undo(request: Request, conversation_id: RowId, contact_id: RowId) -> Response:
    """Let the messages of this person go on; NotHere where there is nothing to undo any more."""
    person = await person_of(request)
    await read_own_form(request, person)
    person.must("tomar")
    vault, moment = request.app.state.vault, now()
    async with request.app.state.sessions.begin() as session:
        if await service.thread(session, vault, conversation_id, person.departments, False) is None:
            raise NotHere
        held = await life.undoable(session, vault, conversation_id, moment)
        if contact_id not in [one.contact_id for one in held]:
            raise NotHere
        await life.not_lost(session, contact_id, moment)
        record(session, person.id, "undo_loss", "conversation", conversation_id, person.ip, {"contact": contact_id})
    return RedirectResponse(f"/conversaciones/{conversation_id}?hecho=sin_perdida", 303)
