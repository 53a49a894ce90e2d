"""Puts the simulator into the main app, or makes an app of its own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from backend.simulator import graph, page, twilio
from backend.simulator.core import Simulator
from backend.simulator.settings import SimulatorSettings

if TYPE_CHECKING:
    from backend.settings import Settings

STATIC = Path(__file__).parent / "static"


def install(app: FastAPI, settings: Settings, simulator: Simulator | None = None) -> Simulator | None:
    """Add the fakes and the phones to the main app. In production nothing is added and None comes back."""
    if settings.in_production:
        return None
    # with a seed of each start: the ids of the last one are in the database, and would count as repetitions
    made = simulator or Simulator(replace(SimulatorSettings.of(settings), seed=secrets.randbits(64)))
    mount(app, made)
    return made


def mount(app: FastAPI, simulator: Simulator) -> None:
    """Serve `simulator` under /simulator; it is closed when the app stops."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with simulator:
            yield

    app.state.simulator = simulator
    app.mount("/simulator/static", StaticFiles(directory=STATIC), name="simulator-static")
    app.include_router(APIRouter(lifespan=lifespan))
    app.router.routes.extend(twilio.routes)
    for router in (graph.router, page.router):
        app.include_router(router)


def create_app(simulator: Simulator) -> FastAPI:
    """The simulator alone: for benches, and to look at the page."""
    app = FastAPI(title="Ventanilla: simulador", docs_url=None, redoc_url=None, openapi_url=None)
    mount(app, simulator)
    return app


class CallerTransport(httpx.AsyncBaseTransport):
    """What a channel talks through in tests: the app in-process, with time-outs that really strike.

    An ASGI transport alone knows no time-out, so a fake that keeps quiet would just make the test slow.
    """

    def __init__(self, app: FastAPI) -> None:
        self._inner = httpx.ASGITransport(app=app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        seconds = request.extensions.get("timeout", {}).get("read")
        try:
            async with asyncio.timeout(seconds):
                response = await self._inner.handle_async_request(request)
        except TimeoutError:
            raise httpx.ReadTimeout("no answer", request=request) from None
        if response.headers.get(twilio.FAULT_HEADER) == "timeout":
            raise httpx.ReadTimeout("accepted, but never answered", request=request)
        return response
