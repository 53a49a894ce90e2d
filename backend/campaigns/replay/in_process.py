"""Requests from one part of a replay to another, which are in the same process: no socket, no headers of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from starlette.types import Message

from backend.lean_client import PlainPosts
from backend.simulator.app import CallerTransport
from backend.simulator.twilio import FAULT_HEADER

FAULT = FAULT_HEADER.lower().encode()


class InProcess(PlainPosts):
    """Plain POSTs go straight into `app`; a call that the fake provider never answers is a time-out."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(transport=CallerTransport(app), timeout=60)
        self._app = app

    async def send_plain(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout: float | None
    ) -> httpx.Response:
        place, start, content = urlsplit(url), dict[str, Any](), bytearray()
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": place.scheme,
            "server": (place.hostname, place.port),
            "client": ("127.0.0.1", 0),
            "root_path": "",
            "path": place.path,
            "raw_path": place.path.encode(),
            "query_string": place.query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                content.extend(message.get("body", b""))

        await self._app(scope, receive, send)
        if (FAULT, b"timeout") in start["headers"]:
            raise httpx.ReadTimeout("accepted, but never answered")
        return httpx.Response(start["status"], headers=start["headers"], content=bytes(content))
