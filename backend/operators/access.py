"""Who asks, from where, and whether the request really comes from our own page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

from backend.conversations.service import Departments
from backend.operators.attempts import Attempts
from backend.operators.models import Operator
from backend.operators.roles import Permission, allows
from backend.operators.service import active_operator, authenticate, normal_email, visible_departments
from backend.operators.sessions import Session, SessionStore, same_secret
from backend.settings import Settings

LONGEST_SECRET = 512


class SignInNeeded(Exception):
    """Nobody is signed in here, or not any more."""


class Forbidden(Exception):
    """The role does not allow it."""


class Forged(Exception):
    """The request does not come from our own page, or its page is too old."""


@dataclass(frozen=True)
class Person:
    """A signed-in operator, the session, the address the request came from, and which department greets."""

    operator: Operator
    session: Session
    ip: str | None
    reception: str

    def can(self, permission: Permission) -> bool:
        return allows(self.operator.role, permission)

    def must(self, permission: Permission) -> None:
        """Raise Forbidden unless the role allows it."""
        if not self.can(permission):
            raise Forbidden(permission)

    @property
    def id(self) -> int:
        return self.operator.id

    @property
    def departments(self) -> Departments:
        return visible_departments(self.operator, self.reception)


def store_of(request: Request) -> SessionStore:
    return SessionStore(request.app.state.redis)


def ip_of(request: Request) -> str | None:
    return request.client.host if request.client else None


def cookie_name(settings: Settings, name: str = "sesion") -> str:
    """In production the browser itself sees to it that the cookie is ours alone."""
    return f"__Host-ventanilla-{name}" if settings.in_production else f"ventanilla-{name}"


def set_cookie(response: Response, settings: Settings, value: str, name: str = "sesion") -> None:
    response.set_cookie(
        cookie_name(settings, name), value, path="/", httponly=True, samesite="lax", secure=settings.in_production
    )


def drop_cookie(response: Response, settings: Settings, name: str = "sesion") -> None:
    response.delete_cookie(
        cookie_name(settings, name), path="/", httponly=True, samesite="lax", secure=settings.in_production
    )


async def person_of(request: Request, *, used: bool = True) -> Person:
    """Who is signed in; raises SignInNeeded. `used` False: what a page asks by itself keeps no session alive."""
    token = request.cookies.get(cookie_name(request.app.state.settings), "")[:LONGEST_SECRET]
    session = await store_of(request).find(token, used=used)
    if session is None:
        raise SignInNeeded
    async with request.app.state.sessions() as database:
        operator = await active_operator(database, session.operator_id, session.epoch)
    if operator is None:
        await store_of(request).end(token)
        raise SignInNeeded
    return Person(operator, session, ip_of(request), request.app.state.desk.reception)


async def sign_in(request: Request, email: str, password: str) -> tuple[Operator, Session]:
    """A new session. Raises Refused or TooManyAttempts."""
    address, ip = normal_email(email)[:LONGEST_SECRET], ip_of(request)
    attempts, store = Attempts(request.app.state.redis), store_of(request)
    await attempts.begin(address, ip or "")
    operator = await authenticate(request.app.state.sessions, address, password[:LONGEST_SECRET], ip)
    await attempts.succeeded(address, ip or "")
    before = request.cookies.get(cookie_name(request.app.state.settings), "")[:LONGEST_SECRET]
    if before:
        await store.end(before)
    return operator, await store.start(operator.id, operator.session_epoch)


def check_origin(request: Request) -> None:
    """Raise Forged where the browser says that another site's page sends this."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Forged
    origin = request.headers.get("origin")
    if origin is None:
        return
    public = urlsplit(request.app.state.settings.public_base_url).netloc
    if urlsplit(origin).netloc not in (request.headers.get("host", ""), public):
        raise Forged


def check_token(person: Person, given: str) -> None:
    """Raise Forged unless the session's own token came along."""
    if not same_secret(person.session.csrf, given):
        raise Forged
