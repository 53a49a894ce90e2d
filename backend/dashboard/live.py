"""Tells an open page that something changed: a signal, never content. The page then asks as anybody would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from hashlib import sha256

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from backend.conversations import service
from backend.dashboard.inbox import Wanted, wanted
from backend.db import Sessions
from backend.operators.access import Person, SignInNeeded, person_of

router = APIRouter(include_in_schema=False)

EVERY_SECONDS = 1.0
# a stream ends by itself and the browser comes back: the session is looked at again, and a stop never waits long
STREAM_SECONDS = 20.0


class Pulse:
    """Changes when anything may have been written to the database; asked once a second for all open pages."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = asyncio.Lock()
        self._read_at, self._beat = 0.0, ""

    async def read(self) -> str:
        async with self._lock:
            if time.monotonic() - self._read_at >= EVERY_SECONDS * 0.9:
                async with self._sessions() as session:
                    self._beat = str(await session.scalar(text("SELECT pg_snapshot_xmax(pg_current_snapshot())")))
                self._read_at = time.monotonic()
            return self._beat


@router.get("/eventos")
async def events(request: Request, conversacion: int = 0) -> StreamingResponse:
    """Server-Sent Events: `cambio` with a number that differs whenever what this person sees differs."""
    person = await person_of(request, used=False)
    person.must("ver_conversaciones")
    stream = _stream(request, person, wanted(request), conversacion)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _stream(request: Request, person: Person, asked: Wanted, conversation_id: int) -> AsyncIterator[str]:
    seen, beat, minute = request.headers.get("last-event-id", ""), "", -1
    ends = time.monotonic() + STREAM_SECONDS
    yield "retry: 1000\n: hola\n\n"
    while time.monotonic() < ends:
        now = await request.app.state.pulse.read()
        if now != beat or minute != int(time.time() // 60):
            beat, minute = now, int(time.time() // 60)
            looks = await _looks(request, person, asked, conversation_id, minute)
            if looks != seen:
                seen = looks
                yield f"id: {looks}\nevent: cambio\ndata: {looks}\n\n"
        await asyncio.sleep(EVERY_SECONDS)
    try:
        await person_of(request, used=False)
    except SignInNeeded:
        yield "event: fin\ndata: fin\n\n"


async def _looks(request: Request, person: Person, asked: Wanted, conversation_id: int, minute: int) -> str:
    """A digest of what the page shows; waiting times change by the minute."""
    async with request.app.state.sessions() as session:
        rows = await service.list_conversations(
            session, person.departments, asked.state, person.id, asked.department, asked.before
        )
        parts: list[object] = [rows, await service.counts(session, person.departments), minute]
        if conversation_id:
            vault = request.app.state.vault
            parts.append(await service.thread(session, vault, conversation_id, person.departments, original=False))
    return sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
