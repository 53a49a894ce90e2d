"""GET /health, /ready and /metrics."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text

from backend.metrics import exposition

router = APIRouter(tags=["monitoring"])


@router.get("/health")
async def health() -> dict[str, str]:
    """The process lives."""
    return {"status": "ok"}


@router.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """Whether database, Redis and bot answer. Messages are taken in even when this says no."""
    names = ("postgresql", "redis", "bot")
    checks = (_database(request), _redis(request), _bot(request))
    results = await asyncio.gather(*(asyncio.wait_for(check, 3) for check in checks), return_exceptions=True)
    parts = {name: "ok" if result is None else "no responde" for name, result in zip(names, results, strict=True)}
    parts["en_espera_en_disco"] = str(request.app.state.door.waiting)
    well = all(parts[name] == "ok" for name in names)
    return JSONResponse({"ready": well, **parts}, 200 if well else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Prometheus text."""
    return Response(exposition(), media_type=CONTENT_TYPE_LATEST)


async def _database(request: Request) -> None:
    async with request.app.state.sessions() as session:
        await session.execute(text("SELECT 1"))


async def _redis(request: Request) -> None:
    await request.app.state.redis.ping()


async def _bot(request: Request) -> None:
    async with httpx.AsyncClient() as http:
        for url in request.app.state.settings.bot_urls:
            (await http.get(f"{url}/health")).raise_for_status()
