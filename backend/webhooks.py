"""POST /webhooks/<channel>: verify, store, acknowledge. A 200 means that the message is on a disk."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

import structlog
from fastapi import APIRouter, FastAPI, Request, Response
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend import metrics
from backend.conversations.intake import Intake, Taken
from backend.conversations.models import WebhookRejection
from backend.conversations.receipts import apply_updates
from backend.db import Sessions
from backend.spool import Spool, SpoolFull
from backend.tasks.queue import Queue
from channels.base import BadSignature, Channel, Unreadable, WebhookRequest

log = structlog.get_logger()
router = APIRouter(prefix="/webhooks", include_in_schema=False)
LARGEST_BODY = 5 * 1024 * 1024
AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)


class Door:
    """Takes deliveries in for one application: straight to the database, or through the spool while it is away."""

    def __init__(
        self, channels: Mapping[str, Channel], sessions: Sessions, intake: Intake, spool: Spool, queue: Queue
    ) -> None:
        self.channels = channels
        self._sessions = sessions
        self._intake = intake
        self._spool = spool
        self._queue = queue
        self._order = asyncio.Lock()  # held while the spool is written or drained, so that order holds
        self._waiting = len(spool)

    @property
    def waiting(self) -> int:
        """Deliveries in the spool."""
        return self._waiting

    async def take(self, name: str, request: WebhookRequest) -> None:
        """Keep a verified delivery. Raises Unreadable, or SpoolFull where neither database nor disk take it."""
        channel = self.channels[name]
        channel.receive(request)  # raises Unreadable before anything is kept
        if self._waiting == 0:
            try:
                await self._store(channel, request)
                return
            except (*AWAY, DBAPIError) as error:  # what the database refuses is kept too, and looked at again
                log.warning("delivery not stored, spooled", channel=name, error=type(error).__name__)
        async with self._order:
            self._spool.put(name, request)
            self._waiting += 1
            metrics.SPOOLED.inc()

    async def drain(self) -> int:
        """Bring what waits on disk into the database, oldest first; stops at the first sign that it is still away."""
        if self._waiting == 0:
            return 0
        moved = 0
        async with self._order:
            for spooled in self._spool.oldest():
                try:
                    await self._store(self.channels[spooled.channel], spooled.request)
                except AWAY:
                    break
                except DBAPIError:
                    log.error("spooled delivery refused by the database, set aside", file=spooled.path.name)
                    self._spool.set_aside(spooled)
                else:
                    self._spool.done(spooled)
                moved += 1
            self._waiting = len(self._spool)
        return moved

    async def _store(self, channel: Channel, request: WebhookRequest) -> None:
        messages, updates = channel.receive(request), channel.status(request)
        for ignored in channel.ignored(request):
            metrics.IGNORED.labels(channel.name, ignored).inc()
        taken = Taken()
        async with self._sessions.begin() as session:
            if messages:
                taken = await self._intake.take(session, messages)
            if updates:
                await apply_updates(session, self._intake.vault, updates)
        metrics.RECEIVED.labels(channel.name).inc(taken.new)
        metrics.DUPLICATES.labels(channel.name).inc(taken.duplicates)
        metrics.ALARMS.inc(taken.alarms)
        if taken.new:
            await self._queue.wake("deliveries") if taken.alarms else None
            await self._queue.wake("turns")

    async def reject(self, name: str, status: int, reason: str, body: bytes) -> None:
        """Keep why a delivery was refused; never its content."""
        metrics.REJECTED.labels(name, str(status)).inc()
        row = WebhookRejection(
            channel=name, status=status, reason=reason[:500], size=len(body), digest=hashlib.sha256(body).hexdigest()
        )
        try:
            async with self._sessions.begin() as session:
                session.add(row)
        except AWAY:
            log.warning("rejection not stored, database away", channel=name, status=status, reason=reason[:200])


@router.api_route("/{name}", methods=["GET", "POST"])
@router.api_route("/{name}/status", methods=["POST"])
async def webhook(name: str, request: Request) -> Response:
    """One address per channel; `/status` is the same door for callbacks."""
    door: Door = request.app.state.door
    channel = door.channels.get(name)
    if channel is None:
        return Response("No hay ningún canal con ese nombre.", 404, media_type="text/plain")
    body = await _body(request)
    if body is None:
        await door.reject(name, 413, "cuerpo de más de 5 MB", b"")
        return Response("El cuerpo es demasiado grande.", 413, media_type="text/plain")
    received = _received(request, body)
    if request.method == "GET":
        answer = channel.handshake(received)
        return (
            Response(answer, 200, media_type="text/plain")
            if answer is not None
            else Response("Verificación rechazada.", 403, media_type="text/plain")
        )
    return await _deliver(door, channel, received)


async def _deliver(door: Door, channel: Channel, received: WebhookRequest) -> Response:
    try:
        channel.verify(received)
        await door.take(channel.name, received)
    except BadSignature as error:
        await door.reject(channel.name, 403, str(error) or "firma inválida", received.body)
        return Response("Firma inválida.", 403, media_type="text/plain")
    except Unreadable as error:
        await door.reject(channel.name, 400, str(error), received.body)
        return Response("No se entiende el cuerpo de la petición.", 400, media_type="text/plain")
    except SpoolFull:
        log.critical("neither database nor spool took a delivery", channel=channel.name)
        return Response("Intente de nuevo.", 503, {"Retry-After": "30"}, media_type="text/plain")
    text, media_type = channel.acknowledgement()
    return Response(text, 200, media_type=media_type)


async def _body(request: Request) -> bytes | None:
    """The raw body, or None where it is too large; read in pieces so that a liar's length costs nothing."""
    kept = bytearray()
    async for piece in request.stream():
        kept += piece
        if len(kept) > LARGEST_BODY:
            return None
    return bytes(kept)


def _received(request: Request, body: bytes) -> WebhookRequest:
    base = request.app.state.settings.public_base_url.rstrip("/")
    query = request.url.query
    return WebhookRequest(
        method=request.method,
        url=base + request.url.path + (f"?{query}" if query else ""),
        headers={key.lower(): value for key, value in request.headers.items()},
        query=dict(request.query_params),
        body=body,
    )


async def keep_draining(app: FastAPI, pause: float = 1.0) -> None:
    """Look after the spool for as long as the application lives."""
    door: Door = app.state.door
    while True:
        try:
            moved = await door.drain()
        except Exception:
            log.exception("draining the spool failed")
            moved = 0
        if not moved:
            await asyncio.sleep(pause)
