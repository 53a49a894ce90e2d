"""The only road from the bot to the backend: HTTP, with a token, for what makes or looks up a record."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import aiohttp

TIMEOUT = aiohttp.ClientTimeout(total=10, connect=3)


class BackendAway(RuntimeError):
    """The backend did not answer as it should; the turn fails and is tried again, nothing is made up."""


@dataclass
class Backend:
    """A client with one pooled session, opened at the first call."""

    url: str
    token: str
    _session: aiohttp.ClientSession | None = field(default=None, repr=False)

    async def create(self, record: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """Make a record and answer its `folio`, `status` and `status_text`; the same `key` makes it only once."""
        path = "/api/v1/appointments" if record["kind"] == "appointment" else "/api/v1/requests"
        status, answer = await self._call("POST", path, headers={"Idempotency-Key": key}, json=dict(record))
        if status not in (200, 201) or not isinstance(answer.get("folio"), str):
            raise BackendAway(f"creating a record answered {status}")
        return answer

    async def look_up(self, folio: str, conversation: str) -> Mapping[str, Any] | None:
        """The record with this folio, or None where there is none that this conversation may see."""
        status, answer = await self._call("GET", f"/api/v1/requests/{folio}", params={"conversation": conversation})
        if status == 404:
            return None
        if status != 200 or not isinstance(answer.get("status_text"), str):
            raise BackendAway(f"looking up a record answered {status}")
        return answer

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _call(self, method: str, path: str, **more: Any) -> tuple[int, Mapping[str, Any]]:
        if self._session is None or self._session.closed:
            headers = {"Authorization": f"Bearer {self.token}"}
            self._session = aiohttp.ClientSession(timeout=TIMEOUT, headers=headers)
        try:
            async with self._session.request(method, self.url.rstrip("/") + path, **more) as response:
                answer = await response.json(content_type=None) if response.status < 500 else {}
                return response.status, answer if isinstance(answer, dict) else {}
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError, OSError) as error:
            raise BackendAway(type(error).__name__) from error


@lru_cache(maxsize=1)
def backend() -> Backend:
    """The backend of this installation: $VENTANILLA_BACKEND_URL and $VENTANILLA_ACTIONS_TOKEN."""
    url = os.environ.get("VENTANILLA_BACKEND_URL") or "http://127.0.0.1:8000"
    return Backend(url, os.environ.get("VENTANILLA_ACTIONS_TOKEN", ""))
