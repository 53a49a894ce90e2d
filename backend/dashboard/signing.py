"""Sign in, sign out, stay, change the password."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from backend.dashboard.forms import read_form, read_own_form
from backend.dashboard.render import page
from backend.operators import audit
from backend.operators.access import (
    LONGEST_SECRET,
    SignInNeeded,
    cookie_name,
    drop_cookie,
    person_of,
    set_cookie,
    sign_in,
    store_of,
)
from backend.operators.attempts import TooManyAttempts
from backend.operators.endpoints import REFUSED
from backend.operators.service import InvalidOperator, Refused, change_password
from backend.operators.sessions import same_secret

router = APIRouter(include_in_schema=False)

DOOR = "entrada"


@router.get("/entrar")
async def show(request: Request, sigue: str = "/", aviso: str = "") -> Response:
    """The sign-in page; whoever is signed in already goes on."""
    try:
        await person_of(request)
    except SignInNeeded:
        notice = {"sesion": "Tu sesión terminó. Entra otra vez.", "salida": "Saliste de la mesa."}.get(aviso, "")
        return _door(request, sigue=sigue, notice=notice)
    return RedirectResponse(_safe(sigue), 303)


@router.post("/entrar")
async def enter(request: Request) -> Response:
    """Sign in and go where the person wanted to."""
    form = await read_form(request)
    email, onward = form.get("correo", ""), _safe(form.get("sigue", "/"))
    if not _door_token_is_right(request, form.get("csrf", "")):
        return _door(
            request,
            sigue=onward,
            email=email,
            problem="La página llevaba mucho tiempo abierta. Intenta otra vez.",
            status=403,
        )
    try:
        _, session = await sign_in(request, email, form.get("contrasena", ""))
    except Refused:
        return _door(request, sigue=onward, email=email, problem=REFUSED, status=401)
    except TooManyAttempts as wait:
        made = _door(request, sigue=onward, email=email, problem=_wait_words(wait.seconds), status=429)
        made.headers["Retry-After"] = str(wait.seconds)
        return made
    response = RedirectResponse(onward, 303)
    set_cookie(response, request.app.state.settings, session.token)
    drop_cookie(response, request.app.state.settings, DOOR)
    return response


@router.post("/salir")
async def leave(request: Request) -> Response:
    """End the session."""
    person = await person_of(request)
    await read_own_form(request, person)
    await store_of(request).end(person.session.token)
    async with request.app.state.sessions.begin() as session:
        audit.record(session, person.id, "sign_out", "operator", person.id, person.ip)
    response = RedirectResponse("/entrar?aviso=salida", 303)
    drop_cookie(response, request.app.state.settings)
    return response


@router.post("/sesion/seguir")
async def stay(request: Request) -> Response:
    """The person is still there: the half hour begins anew."""
    person = await person_of(request)
    await read_own_form(request, person)
    return Response(status_code=204)


@router.get("/contrasena")
async def show_password(request: Request) -> Response:
    return page(request, await person_of(request), "password.html", problem="", done=False)


@router.post("/contrasena")
async def set_password(request: Request) -> Response:
    """Change one's own password; every other session of the account ends."""
    person = await person_of(request)
    form = await read_own_form(request, person)
    current, new = form.get("actual", "")[:LONGEST_SECRET], form.get("nueva", "")[:LONGEST_SECRET]
    if new != form.get("otra_vez", ""):
        return page(
            request,
            person,
            "password.html",
            problem="Las dos contraseñas nuevas no son iguales.",
            done=False,
            status=422,
        )
    try:
        async with request.app.state.sessions.begin() as session:
            epoch = await change_password(session, person.operator, current, new, person.ip)
    except Refused:
        return page(
            request, person, "password.html", problem="La contraseña actual no es correcta.", done=False, status=422
        )
    except InvalidOperator as invalid:
        return page(request, person, "password.html", problem=str(invalid), done=False, status=422)
    await store_of(request).end(person.session.token)
    fresh = await store_of(request).start(person.id, epoch)
    response = RedirectResponse("/?hecho=contrasena", 303)
    set_cookie(response, request.app.state.settings, fresh.token)
    return response


def _door(
    request: Request, *, sigue: str, email: str = "", problem: str = "", notice: str = "", status: int = 200
) -> Response:
    """The page, with a token bound to a cookie of its own: nobody can be signed in to a stranger's account."""
    settings = request.app.state.settings
    seed = request.cookies.get(cookie_name(settings, DOOR), "")[:LONGEST_SECRET] or secrets.token_urlsafe(24)
    made = page(
        request, None, "sign_in.html", status=status, csrf=_door_token(request, seed), sigue=_safe(sigue),
        email=email[:LONGEST_SECRET], problem=problem, notice=notice,
    )  # fmt: skip
    set_cookie(made, settings, seed, DOOR)
    return made


def _door_token(request: Request, seed: str) -> str:
    key = request.app.state.settings.secret_key.get_secret_value().encode()
    return hmac.new(key, b"entrada:" + seed.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def _door_token_is_right(request: Request, given: str) -> bool:
    seed = request.cookies.get(cookie_name(request.app.state.settings, DOOR), "")[:LONGEST_SECRET]
    return bool(seed) and same_secret(_door_token(request, seed), given)


def _safe(onward: str) -> str:
    """A path of ours, never another site."""
    inside = onward.startswith("/") and not onward.startswith(("//", "/\\", "/entrar"))
    return onward if inside and onward.isprintable() and len(onward) < 500 else "/"


def _wait_words(seconds: int) -> str:
    shown = f"{seconds} segundos" if seconds < 90 else f"{-(-seconds // 60)} minutos"
    return f"Demasiados intentos. Espera {shown} y vuelve a intentar."
