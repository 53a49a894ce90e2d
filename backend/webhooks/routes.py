"""POST /webhooks/<channel>: verify, keep, acknowledge. A 200 means that the message is on a disk.

`/webhooks/<channel>/status` is the same door for callbacks. They are answered before the application is asked: what
pages and the API need of it costs more than the whole of a status callback.
"""

from __future__ import annotations

import re

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.spool import SpoolFull
from backend.webhooks.door import Door
from channels.base import BadSignature, Channel, Unreadable, WebhookRequest

log = structlog.get_logger()
LARGEST_BODY = 5 * 1024 * 1024
ADDRESS = re.compile(r"/webhooks/([^/]+)(/status)?")


class WebhooksFirst:
    """ASGI middleware that answers webhooks itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        address = ADDRESS.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if address is None:
            await self._app(scope, receive, send)
            return
        methods = ("POST",) if address[2] else ("GET", "POST")
        if scope["method"] in methods:
            response = await webhook(Request(scope, receive), address[1])
        else:
            response = PlainTextResponse("Method Not Allowed", 405, {"Allow": ", ".join(methods)})
        await response(scope, receive, send)


async def webhook(request: Request, name: str) -> Response:
    """What the provider hears."""
    door: Door = request.app.state.door
    channel = door.channels.get(name)
    if channel is None:
        return PlainTextResponse("No hay ningún canal con ese nombre.", 404)
    body = await _body(request)
    if body is None:
        await door.reject(name, 413, "cuerpo de más de 5 MB", b"")
        return PlainTextResponse("El cuerpo es demasiado grande.", 413)
    received = _received(request, body)
    if request.method == "GET":
        answer = channel.handshake(received)
        return PlainTextResponse("Verificación rechazada.", 403) if answer is None else PlainTextResponse(answer)
    return await _deliver(door, channel, received)


async def _deliver(door: Door, channel: Channel, received: WebhookRequest) -> Response:
    try:
        channel.verify(received)
        await door.take(channel, received)
    except BadSignature as error:
        await door.reject(channel.name, 403, str(error) or "firma inválida", received.body)
        return PlainTextResponse("Firma inválida.", 403)
    except Unreadable as error:
        await door.reject(channel.name, 400, str(error), received.body)
        return PlainTextResponse("No se entiende el cuerpo de la petición.", 400)
    except SpoolFull:
        log.critical("neither database nor spool took a delivery", channel=channel.name)
        return PlainTextResponse("Intente de nuevo.", 503, {"Retry-After": "30"})
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
    """The request under its public address: what a proxy makes of scheme, host and port changes nothing."""
    base = request.app.state.settings.public_base_url.rstrip("/")
    query = request.scope["query_string"].decode("latin-1")
    return WebhookRequest(
        method=request.method,
        url=base + request.scope["path"] + (f"?{query}" if query else ""),
        headers=dict(request.headers),
        query=dict(request.query_params),
        body=body,
    )
