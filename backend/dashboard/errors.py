"""What a person sees when something is wrong: a page that says what to do. Programs keep getting JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from backend.dashboard.forms import TooLarge
from backend.dashboard.headers import HEADERS
from backend.dashboard.render import page
from backend.operators.access import Forbidden, Forged, SignInNeeded
from backend.operators.attempts import TooManyAttempts
from backend.operators.endpoints import problem
from backend.operators.service import Refused

log = structlog.get_logger()

Handler = Callable[[Request, Any], Awaitable[Response]]
NOT_PAGES = ("/api/", "/webhooks", "/simulator", "/open311", "/health", "/ready", "/metrics", "/estatico/")
BY_ITSELF = ("/lista", "/hilo", "/eventos", "/medir", "/sesion/seguir")


class NotHere(Exception):
    """There is no such thing, or not for this person."""


PAGES: Mapping[type[Exception], tuple[int, str, str]] = {
    NotHere: (404, "No está aquí", "No existe, o pertenece a otro departamento."),
    Forbidden: (403, "Tu cuenta no lo permite", "Si lo necesitas para tu trabajo, pídelo a tu supervisión."),
    Forged: (403, "La página ya no vale", "Vuelve atrás, actualiza la página e intenta otra vez."),
    TooLarge: (413, "Es demasiado largo", "Acorta lo que escribiste e intenta otra vez."),
    RequestValidationError: (404, "No está aquí", "Revisa la dirección."),
    OperationalError: (503, "La base de datos no responde", "Nada se perdió. Intenta otra vez en un momento."),
    InterfaceError: (503, "La base de datos no responde", "Nada se perdió. Intenta otra vez en un momento."),
    RedisError: (503, "No se pudo comprobar tu sesión", "Intenta otra vez en un momento."),
    Exception: (500, "Algo falló", "Quedó registrado. Intenta otra vez; si sigue, avisa a soporte."),
}


def install_error_pages(app: FastAPI) -> None:
    """Pages for people over the answers for programs that are installed already."""
    for kind, words in PAGES.items():
        app.add_exception_handler(kind, _handler(words, app.exception_handlers.get(kind)))
    app.add_exception_handler(SignInNeeded, _to_the_door)
    app.add_exception_handler(HTTPException, _no_such_page)
    for kind in (Refused, TooManyAttempts):
        app.add_exception_handler(kind, _for_programs)


def _handler(words: tuple[int, str, str], for_programs: Any) -> Handler:
    status, title, advice = words

    async def answer(request: Request, error: Exception) -> Response:
        if status >= 500:
            log.error("page failed", path=request.url.path, error=type(error).__name__, exc_info=status == 500)
        if not _is_page(request):
            if for_programs is not None:
                told: Response = await for_programs(request, error)
                return told
            return problem(error) if status == 403 else JSONResponse({"error": f"{title}. {advice}"}, status)
        if request.url.path.endswith(BY_ITSELF):
            return JSONResponse({"error": f"{title}. {advice}"}, status)
        made = page(request, None, "error.html", status=status, title=title, advice=advice)
        made.headers.update(HEADERS)  # an unforeseen error is answered outside the middleware
        return made

    return answer


async def _to_the_door(request: Request, error: Any) -> Response:
    """A page sends people to sign in and back; what a page asked by itself just hears 401."""
    if not _is_page(request) or request.url.path.endswith(BY_ITSELF):
        return problem(error)
    onward = request.url.path if request.method == "GET" else "/"
    if request.method == "GET" and request.url.query:
        onward += f"?{request.url.query}"
    notice = "" if onward == "/" and request.method == "GET" else "&aviso=sesion"
    return RedirectResponse(f"/entrar?sigue={quote(onward, safe='/')}{notice}", 303)


async def _no_such_page(request: Request, error: Any) -> Response:
    if not _is_page(request):
        return await http_exception_handler(request, error)
    if error.status_code == 405:
        return RedirectResponse("/", 303)
    return page(
        request, None, "error.html", status=error.status_code, title="No está aquí", advice="Revisa la dirección."
    )


async def _for_programs(_: Request, error: Any) -> Response:
    return problem(error)


def _is_page(request: Request) -> bool:
    return not request.url.path.startswith(NOT_PAGES)
