"""The installation's database, for commands that work beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from backend.db import Sessions, create_engine, create_sessions
from backend.embedded.postgres import EmbeddedPostgres
from backend.embedded.supervision import EmbeddedServerError
from backend.schema import migrate
from backend.settings import Settings


class NoDatabase(Exception):
    """Neither configured nor running; the message says what to do."""


def database_url(settings: Settings) -> str:
    """The configured database, or the embedded one of an installation that is running. Raises NoDatabase."""
    if settings.database_url:
        return settings.database_url
    embedded = EmbeddedPostgres(settings.data_dir)
    with suppress(EmbeddedServerError):  # never started
        if embedded.ready:
            return embedded.url
    raise NoDatabase(
        "No hay base de datos: pon VENTANILLA_DATABASE_URL, o deja corriendo `ventanilla up` en otra terminal."
    )


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Sessions]:
    """Sessions of the database, its schema up to date. Raises NoDatabase."""
    url = database_url(settings)
    await asyncio.to_thread(migrate, url)
    engine = create_engine(url)
    try:
        yield create_sessions(engine)
    finally:
        await engine.dispose()
