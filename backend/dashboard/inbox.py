"""The list of conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.service import overdue
from backend.conversations.search import TooShort, search
from backend.conversations.service import Page, Row, State, list_conversations
from backend.dashboard import words
from backend.dashboard.forms import read_own_form
from backend.dashboard.head import counts
from backend.dashboard.render import page, renderer_of
from backend.dashboard.views import RowView, row_view
from backend.operators.access import Person, person_of, store_of
from backend.operators.audit import record
from backend.operators.service import names

router = APIRouter(include_in_schema=False)

SAME_LOOK_SECONDS = 600  # what a page asks by itself is one look with the page, for ten minutes
LONGEST_SEARCH = 100
DONE = {
    "contrasena": "Tu contraseña cambió; las demás sesiones de tu cuenta se cerraron.",
    "pasada": "La conversación espera a alguien del otro departamento.",
}


@dataclass(frozen=True)
class Wanted:
    """Which part of the list: state, department (None: all), the row before."""

    state: State = "todas"
    department: str | None = None
    before: tuple[datetime, int] | None = None

    @property
    def query(self) -> str:
        """As it stands in addresses, without the page."""
        fields = {"estado": self.state if self.state != "todas" else "", "departamento": self.department or ""}
        return urlencode({name: value for name, value in fields.items() if value})

    @property
    def whole(self) -> str:
        """The same with the page."""
        return _joined(self.query, self.before)

    def after(self, shown: Page) -> str:
        """The address of the next page, empty where there is none."""
        return f"/?{_joined(self.query, shown.following)}" if shown.following else ""


def _joined(query: str, before: tuple[datetime, int] | None) -> str:
    if before is None:
        return query
    page_of = urlencode({"antes": f"{before[0].isoformat()},{before[1]}"})
    return f"{query}&{page_of}" if query else page_of


def wanted(request: Request) -> Wanted:
    """What the address asks for; what it says wrongly is as if it said nothing."""
    asked = request.query_params
    state = asked.get("estado", "")
    department = asked.get("departamento", "")
    return Wanted(
        cast(State, state) if state in get_args(State) else "todas",
        department if department in renderer_of(request).institution.departments else None,
        _before(asked.get("antes", "")),
    )


def _before(text: str) -> tuple[datetime, int] | None:
    moment, _, id_ = text.partition(",")
    try:
        parsed = datetime.fromisoformat(moment)
        return (parsed, int(id_)) if parsed.tzinfo is not None and len(id_) < 19 else None
    except ValueError:
        return None


@router.get("/")
async def show(request: Request) -> Response:
    """The list; who may see no conversation goes to what they may see."""
    person = await person_of(request)
    if not person.can("ver_conversaciones"):
        return RedirectResponse("/cuentas" if person.can("administrar_usuarios") else "/contrasena", 303)
    return await _list(request, person, "list.html", automatic=False)


@router.get("/lista")
async def refresh(request: Request) -> Response:
    """The list alone, for the page that is open."""
    person = await person_of(request, used=False)
    person.must("ver_conversaciones")
    return await _list(request, person, "_list.html", automatic=True)


async def _list(request: Request, person: Person, template: str, *, automatic: bool) -> Response:
    asked = wanted(request)
    async with request.app.state.sessions.begin() as session:
        shown = await list_part(request, session, person, asked)
        waiting = await counts(session, person.departments)
        detail = {"state": asked.state, "department": asked.department}
        await look(request, session, person, "list", "conversations", "", automatic, detail)
    done = DONE.get(request.query_params.get("hecho", ""), "")
    return page(request, person, template, counts=waiting, done=done, current=None, compact=False, **shown)


@router.post("/buscar")
async def find(request: Request) -> Response:
    """What matches; sent as a form, so that telephones and words stand in no address."""
    person = await person_of(request)
    what = (await read_own_form(request, person)).get("que", "").strip()[:LONGEST_SEARCH]
    person.must("ver_conversaciones")
    rows: list[RowView] = []
    async with request.app.state.sessions.begin() as session:
        try:
            found = await search(session, request.app.state.vault, person.departments, what)
        except TooShort:
            said = "Escribe un folio, un teléfono completo o una palabra de tres letras o más."
        else:
            said = words.FOUND[found.by]
            rows = await _views(request, session, person, found.rows)
            detail = {"by": found.by, "found": len(rows)}
            record(session, person.id, "search", "conversations", "", person.ip, detail)
        waiting = await counts(session, person.departments)
    return page(request, person, "search.html", counts=waiting, what=what, said=said, rows=rows, current=None, query="")


async def list_part(request: Request, session: AsyncSession, person: Person, asked: Wanted) -> dict[str, Any]:
    """What `_list.html` draws."""
    shown = await list_conversations(
        session, person.departments, asked.state, person.id, asked.department, asked.before
    )
    return {
        "rows": await _views(request, session, person, shown.rows),
        "overdue": await overdue(session, person.departments),
        "asked": asked,
        "query": asked.query,
        "next_page": asked.after(shown),
        "departments": own_departments(request, person),
    }


async def _views(request: Request, session: AsyncSession, person: Person, rows: Sequence[Row]) -> list[RowView]:
    known = await names(session, [row.operator_id for row in rows])
    departments = renderer_of(request).institution.departments
    return [row_view(row, request.app.state.vault, known, departments, person.id) for row in rows]


def own_departments(request: Request, person: Person) -> dict[str, str]:
    """Names of the departments that the person sees, by id."""
    known = renderer_of(request).institution.departments
    return {
        id_: known.get(id_, id_) for id_ in (known if person.operator.all_departments else person.operator.departments)
    }


async def look(
    request: Request,
    session: AsyncSession,
    person: Person,
    action: str,
    subject: str,
    subject_id: int | str,
    automatic: bool,
    detail: dict[str, Any] | None = None,
) -> None:
    """Record that somebody looked; the refreshing of an open page is the same look."""
    first = await store_of(request).once(f"{action}:{person.id}:{subject}:{subject_id}", SAME_LOOK_SECONDS)
    if first or not automatic:
        record(session, person.id, action, subject, subject_id, person.ip, detail)
