"""`/api/v1/session`: sign in, ask who one is, sign out; for programs that use the desk as a person does."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from backend.operators.access import (
    LONGEST_SECRET,
    Forged,
    SignInNeeded,
    check_origin,
    check_token,
    drop_cookie,
    person_of,
    set_cookie,
    sign_in,
    store_of,
)
from backend.operators.attempts import TooManyAttempts
from backend.operators.models import Operator
from backend.operators.roles import ROLES
from backend.operators.service import Refused
from backend.operators.sessions import WHOLE_SECONDS, Session

router = APIRouter(prefix="/api/v1/session", tags=["session"])

REFUSED = "El correo o la contraseña no son correctos."


class Credentials(BaseModel):
    """What a person signs in with."""

    email: str = Field(max_length=LONGEST_SECRET)
    password: str = Field(max_length=LONGEST_SECRET)


class SignedIn(BaseModel):
    """Who is signed in. `csrf` goes back in the header X-CSRF-Token with whatever changes something."""

    email: str
    name: str
    role: str
    permissions: list[str]
    departments: list[str]
    all_departments: bool
    csrf: str
    ends_at: datetime


@router.post("", status_code=201)
async def begin(request: Request, credentials: Credentials, response: Response) -> SignedIn:
    """Sign in: sets the session's cookie. 401 refused, 429 too many attempts (see Retry-After)."""
    if "application/json" not in request.headers.get("content-type", ""):
        raise Forged
    check_origin(request)
    operator, session = await sign_in(request, credentials.email, credentials.password)
    set_cookie(response, request.app.state.settings, session.token)
    return _signed_in(operator, session)


@router.get("")
async def current(request: Request) -> SignedIn:
    """Who is signed in; 401 where nobody is."""
    person = await person_of(request)
    return _signed_in(person.operator, person.session)


@router.delete("", status_code=204)
async def end(request: Request) -> Response:
    """Sign out; needs X-CSRF-Token."""
    person = await person_of(request)
    check_origin(request)
    check_token(person, request.headers.get("x-csrf-token", ""))
    await store_of(request).end(person.session.token)
    response = Response(status_code=204)
    drop_cookie(response, request.app.state.settings)
    return response


def problem(error: Exception) -> JSONResponse:
    """What a program is told when it may not."""
    if isinstance(error, TooManyAttempts):
        wait = str(error.seconds)
        return JSONResponse({"error": f"Demasiados intentos; espera {wait} segundos."}, 429, {"Retry-After": wait})
    if isinstance(error, Refused):
        return JSONResponse({"error": REFUSED}, 401)
    if isinstance(error, SignInNeeded):
        return JSONResponse({"error": "Entra primero: POST /api/v1/session."}, 401)
    if isinstance(error, Forged):
        return JSONResponse({"error": "Falta o no vale X-CSRF-Token, o la petición viene de otro sitio."}, 403)
    return JSONResponse({"error": "Tu rol no lo permite."}, 403)


def _signed_in(operator: Operator, session: Session) -> SignedIn:
    return SignedIn(
        email=operator.email,
        name=operator.name,
        role=operator.role,
        permissions=sorted(ROLES[operator.role].permissions),
        departments=operator.departments,
        all_departments=operator.all_departments,
        csrf=session.csrf,
        ends_at=datetime.fromtimestamp(session.started_at + WHOLE_SECONDS, UTC),
    )
