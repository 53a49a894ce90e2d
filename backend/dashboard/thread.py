"""One conversation: what was said and why, who has the floor, and what a person does about it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.service import alarm_of
from backend.campaigns.life import undoable
from backend.clock import now
from backend.conversations import floor, service
from backend.conversations.floor import NotAllowed
from backend.conversations.service import Row, Thread
from backend.crypto import CannotDecrypt
from backend.dashboard.errors import NotHere
from backend.dashboard.forms import RowId, read_own_form
from backend.dashboard.head import counts
from backend.dashboard.inbox import list_part, look, wanted
from backend.dashboard.render import page, renderer_of
from backend.dashboard.views import alarm_view, bubbles, note_view, reply_box, row_view
from backend.dashboard.words import sentence
from backend.flows.notes import notes_of
from backend.operators.access import Person, person_of, store_of
from backend.operators.audit import record
from backend.operators.service import colleagues, names
from channels.text import GSM7, segments, transliterate

router = APIRouter(prefix="/conversaciones/{conversation_id}", include_in_schema=False)

DONE: Mapping[str, str] = {
    "tomada": "La conversación es tuya. El asistente calla hasta que la devuelvas.",
    "devuelta": "El asistente atiende otra vez, y se le avisó a la persona.",
    "asignada": "La conversación quedó asignada.",
    "enviada": "Tu respuesta va en camino.",
    "acuse": "Queda registrado que leíste la alarma, y se le avisó a la persona.",
    "cerrada": "La alarma se cerró.",
    "triage": "Quedó registrado qué es.",
    "error": "La alarma se cerró como error.",
    "original": "Ves el texto original durante 15 minutos. Quedó registrado con tu motivo.",
    "visto": "El aviso quedó como visto.",
    "sin_perdida": "Sus mensajes siguen desde hoy; lo que no le llegó mientras tanto no se repite.",
    "oculta": "Los datos personales están ocultos otra vez.",
}
LONGEST_REPLY = 1500
SEND_ONCE_SECONDS = 24 * 60 * 60
LONGEST_REASON = 200


@router.get("")
async def show(request: Request, conversation_id: RowId) -> Response:
    """The conversation, with the list beside it."""
    person = await person_of(request)
    return await _show(request, person, conversation_id, done=DONE.get(request.query_params.get("hecho", ""), ""))


@router.get("/hilo")
async def refresh(request: Request, conversation_id: RowId) -> Response:
    """The parts that change, for the page that is open."""
    person = await person_of(request, used=False)
    return await _show(request, person, conversation_id, template="_thread.html", automatic=True)


async def _show(
    request: Request,
    person: Person,
    conversation_id: int,
    *,
    template: str = "thread.html",
    automatic: bool = False,
    status: int = 200,
    **words: Any,
) -> Response:
    person.must("ver_conversaciones")
    async with request.app.state.sessions.begin() as session:
        drawn = await _drawn(request, session, person, conversation_id)
        shown = await list_part(request, session, person, wanted(request))
        waiting = await counts(session, person.departments)
        detail = {"original": True} if drawn["original"] else {}
        await look(request, session, person, "view", "conversation", conversation_id, automatic, detail)
    said = {"done": "", "problem": "", "draft": "", **words}
    return page(
        request, person, template, status=status, counts=waiting, current=conversation_id, compact=True,
        once=secrets.token_urlsafe(12), longest=LONGEST_REPLY, **drawn, **shown, **said,
    )  # fmt: skip


async def _drawn(request: Request, session: AsyncSession, person: Person, conversation_id: int) -> dict[str, Any]:
    masked = await _find(request, session, person, conversation_id)
    may_unmask = _may_unmask(person, masked.row)
    original = may_unmask and await store_of(request).is_unmasked(person.session, conversation_id)
    thread, unreadable = masked, False
    if original:
        try:
            thread = await _find(request, session, person, conversation_id, original=True)
        except CannotDecrypt:
            original, unreadable = False, True
    row = thread.row
    alarm = await alarm_of(session, conversation_id, person.departments)
    notes = await notes_of(session, conversation_id, person.departments)
    readers = [alarm.acknowledged_by if alarm else None, *(note.seen_by for note in notes)]
    known = await names(session, [row.operator_id, *(item.operator_id for item in thread.items), *readers])
    departments = renderer_of(request).institution.departments
    mine = row.operator_id == person.id
    return {
        "view": row_view(row, request.app.state.vault, known, departments, person.id),
        "alarm": alarm_view(alarm, request.app.state.vault, known, departments) if alarm else None,
        "notes": [note_view(note, request.app.state.desk, known) for note in notes],
        "bubbles": bubbles(thread, known, original),
        "full": len(thread.items) >= service.THREAD,
        "names": known,
        "box": reply_box(thread, mine and person.can("responder"), now()),
        "may_take": person.can("tomar") and row.operator_id is None,
        "losses": await undoable(session, request.app.state.vault, conversation_id, now()),
        "original": original,
        "unreadable": unreadable,
        "may_unmask": may_unmask,
        **await _assignable(request, session, person, row),
    }


async def _assignable(request: Request, session: AsyncSession, person: Person, row: Row) -> dict[str, Any]:
    """Colleagues and departments to which the person may hand the conversation."""
    if not person.can("asignar"):
        return {"colleagues": {}, "other_departments": {}}
    known, department = renderer_of(request).institution.departments, row.department or person.reception
    return {
        "colleagues": {one.id: one.name for one in await colleagues(session, department) if one.id != row.operator_id},
        "other_departments": {key: name for key, name in known.items() if key != department},
    }


def _may_unmask(person: Person, row: Row) -> bool:
    own = person.can("ver_texto_original_propio") and row.operator_id == person.id
    return own or person.can("ver_texto_original")


async def _find(
    request: Request, session: AsyncSession, person: Person, conversation_id: int, original: bool = False
) -> Thread:
    """The thread; NotHere where it does not exist or belongs to another department, which is the same."""
    found = await service.thread(session, request.app.state.vault, conversation_id, person.departments, original)
    if found is None:
        raise NotHere
    return found


@router.post("/tomar")
async def take(request: Request, conversation_id: RowId) -> Response:
    """The person holds the conversation."""
    person = await person_of(request)
    await read_own_form(request, person)
    person.must("tomar")
    try:
        async with request.app.state.sessions.begin() as session:
            await _find(request, session, person, conversation_id)
            await floor.take(session, conversation_id, person.id, person.departments)
            record(session, person.id, "take", "conversation", conversation_id, person.ip)
    except NotAllowed as refused:
        return await _refuse(request, person, conversation_id, refused)
    return _back(conversation_id, "tomada")


@router.post("/devolver")
async def give_back(request: Request, conversation_id: RowId) -> Response:
    """The assistant has the floor again."""
    person = await person_of(request)
    await read_own_form(request, person)
    person.must("tomar")
    try:
        async with request.app.state.sessions.begin() as session:
            await _find(request, session, person, conversation_id)
            await floor.give_back(session, request.app.state.desk, conversation_id, person.id)
            record(session, person.id, "give_back", "conversation", conversation_id, person.ip)
    except NotAllowed as refused:
        return await _refuse(request, person, conversation_id, refused)
    await request.app.state.queue.wake("turns")
    await request.app.state.queue.wake("deliveries")
    return _back(conversation_id, "devuelta")


@router.post("/asignar")
async def assign(request: Request, conversation_id: RowId) -> Response:
    """A colleague holds the conversation, or it waits for somebody of another department."""
    person = await person_of(request)
    form = await read_own_form(request, person)
    person.must("asignar")
    kind, _, to = form.get("a", "").partition(":")
    try:
        async with request.app.state.sessions.begin() as session:
            row = (await _find(request, session, person, conversation_id)).row
            allowed = await _assignable(request, session, person, row)
            if kind == "persona" and to in map(str, allowed["colleagues"]):
                await floor.hand_to(session, conversation_id, int(to), person.departments)
            elif kind == "departamento" and to in allowed["other_departments"]:
                await floor.pass_to(session, conversation_id, to, person.departments)
            else:
                raise NotAllowed("elige a quién pasar la conversación")
            record(session, person.id, "assign", "conversation", conversation_id, person.ip, {kind: to})
    except NotAllowed as refused:
        return await _refuse(request, person, conversation_id, refused)
    stays = kind == "persona" or person.departments.everything or to in person.departments
    return _back(conversation_id, "asignada") if stays else RedirectResponse("/?hecho=pasada", 303)


@router.post("/responder")
async def reply(request: Request, conversation_id: RowId) -> Response:
    """Send the person's words, once however often the button is pressed."""
    person = await person_of(request)
    form = await read_own_form(request, person)
    person.must("responder")
    text, store = form.get("texto", ""), store_of(request)
    key = f"reply:{person.id}:{conversation_id}:{form.get('una_vez', '')[:40]}"
    try:
        if len(text) > LONGEST_REPLY:
            raise NotAllowed(f"tu respuesta pasa de {LONGEST_REPLY} caracteres")
        if not await store.once(key, SEND_ONCE_SECONDS):
            return _back(conversation_id, "enviada")
        async with request.app.state.sessions.begin() as session:
            await _find(request, session, person, conversation_id)
            await floor.reply_as_operator(session, request.app.state.desk, conversation_id, person.id, text)
            record(session, person.id, "reply", "conversation", conversation_id, person.ip)
    except NotAllowed as refused:
        await store.forget_once(key)
        return await _refuse(request, person, conversation_id, refused, draft=text)
    except BaseException:
        await store.forget_once(key)
        raise
    await request.app.state.queue.wake("deliveries")
    return _back(conversation_id, "enviada")


@router.post("/original")
async def unmask(request: Request, conversation_id: RowId) -> Response:
    """Show what was really written, for a reason that is kept."""
    person = await person_of(request)
    reason = " ".join((await read_own_form(request, person)).get("motivo", "").split())[:LONGEST_REASON]
    async with request.app.state.sessions.begin() as session:
        row = (await _find(request, session, person, conversation_id)).row
        if not _may_unmask(person, row):
            person.must("ver_texto_original")
        if len(reason) >= 5:
            record(session, person.id, "unmask", "conversation", conversation_id, person.ip, {"reason": reason})
    if len(reason) < 5:
        return await _refuse(
            request, person, conversation_id, NotAllowed("escribe para qué necesitas el texto original")
        )
    await store_of(request).unmask(person.session, conversation_id)
    return _back(conversation_id, "original")


@router.post("/ocultar")
async def mask(request: Request, conversation_id: RowId) -> Response:
    person = await person_of(request)
    await read_own_form(request, person)
    await store_of(request).mask(person.session, conversation_id)
    return _back(conversation_id, "oculta")


@router.post("/medir")
async def measure(request: Request, conversation_id: RowId) -> JSONResponse:
    """What the reply costs by SMS, and how it arrives where the alphabet of SMS changes it."""
    person = await person_of(request)
    text = (await read_own_form(request, person)).get("texto", "")[: LONGEST_REPLY + 1]
    charset = request.app.state.settings.channels.twilio_sms.charset
    sent = transliterate(text, charset)
    cost = segments(sent)
    changed = sorted({char for char in text if char not in GSM7 and not char.isspace()}) if sent != text else []
    return JSONResponse(
        {
            "characters": len(text),
            "segments": cost.count if text else 0,
            "encoding": cost.encoding,
            "changed": changed[:8],
        }
    )


async def _refuse(
    request: Request, person: Person, conversation_id: int, refused: NotAllowed, draft: str = ""
) -> Response:
    """The same page with the reason; what was written stays in the box."""
    return await _show(request, person, conversation_id, status=409, problem=sentence(str(refused)), draft=draft)


def _back(conversation_id: int, done: str) -> Response:
    return RedirectResponse(f"/conversaciones/{conversation_id}?hecho={done}", 303)
