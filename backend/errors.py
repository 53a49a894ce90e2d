"""What a caller sees when something is wrong: a sentence and what to do, never a stack trace."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError

log = structlog.get_logger()


def install_errors(app: FastAPI) -> None:
    """Answers for what goes wrong below `/api` and everywhere that has no page of its own."""

    @app.exception_handler(RequestValidationError)
    async def unreadable(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = [
            {"campo": ".".join(str(part) for part in one["loc"]), "problema": one["msg"]} for one in error.errors()
        ]
        return JSONResponse({"error": "La petición no es válida.", "detalles": faults}, 422)

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    async def database_away(request: Request, error: Exception) -> JSONResponse:
        log.error("database away", path=request.url.path, error=type(error).__name__)
        return JSONResponse(
            {"error": "La base de datos no responde; intente en un momento."}, 503, {"Retry-After": "5"}
        )

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        log.error("unforeseen error", path=request.url.path, exc_info=error)
        return JSONResponse({"error": "Falla interna; quedó registrada."}, 500)
