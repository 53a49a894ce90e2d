"""The web application: webhooks, the API, the dashboard; in development the phones."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

import bot.safety
from backend import monitoring
from backend.alarms.readiness import refuse_without_on_call
from backend.appointments import endpoints as appointments
from backend.conversations.intake import Intake
from backend.dashboard.install import install_dashboard
from backend.db import create_engine, create_sessions
from backend.errors import install_errors
from backend.logs import configure_logs
from backend.office import FrontDesk, open_desk
from backend.providers import configured_channels
from backend.redis_clients import hasty
from backend.requests import endpoints as requests
from backend.settings import Settings, get_settings, refuse_unsafe
from backend.spool import Spool
from backend.tasks.queue import Queue
from backend.webhooks.door import Door
from backend.webhooks.routes import WebhooksFirst
from backend.webhooks.storing import Storing
from bot.garbage import spare_what_is_loaded


def create_app(settings: Settings | None = None, desk: FrontDesk | None = None) -> FastAPI:
    """The application of an installation. Raises UnsafeConfiguration or PackError rather than start half."""
    settings = settings or get_settings()
    configure_logs(settings)
    refuse_unsafe(settings)
    desk = desk or open_desk(settings)
    refuse_without_on_call(desk)
    app = FastAPI(
        title="Ventanilla",
        openapi_url="/api/openapi.json",
        docs_url=None if settings.in_production else "/api/docs",
        redoc_url=None,
        lifespan=_lifespan,
    )
    _equip(app, settings, desk)
    install_errors(app)
    app.include_router(requests.router)
    app.include_router(appointments.router)
    app.include_router(monitoring.router)
    install_dashboard(app, settings)
    if not settings.in_production:
        from backend.simulator.app import install

        install(app, settings)
    app.add_middleware(WebhooksFirst)  # the last one added is the first one asked
    return app


def served() -> FastAPI:
    """The application of a process that does nothing else; uvicorn's factory."""
    app = create_app()
    spare_what_is_loaded()
    return app


def _equip(app: FastAPI, settings: Settings, desk: FrontDesk) -> None:
    bot.safety.read("hola")  # its rules are read now, not while somebody in danger waits
    state = app.state
    state.settings, state.desk, state.vault, state.folio_prefix = settings, desk, desk.vault, desk.folio_prefix
    state.engine = create_engine(settings.database_url)
    state.sessions = create_sessions(state.engine)
    state.redis = hasty(settings.redis_url)
    state.queue = Queue(state.redis)
    intake = Intake(desk.vault, desk.content, desk.jurisdiction, desk.department_of)
    storing = Storing(state.sessions, intake, state.queue)
    state.door = Door(configured_channels(settings), storing, Spool(settings.data_dir / "spool", desk.vault))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    with app.state.door.spool.alone():
        draining = asyncio.create_task(app.state.door.keep_draining())
        try:
            yield
        finally:
            draining.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await draining
            await app.state.redis.aclose()
            await app.state.engine.dispose()
