"""People of the desk, and citizens who have written, for tests of the pages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from backend.operators.models import Operator
from backend.operators.service import create_operator
from tests.fixtures_road import PUBLIC, Town

PASSWORD = "cuatro palabras sin relacion"
TOKEN = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass
class Browser:
    """One signed-in browser: a cookie jar that reads forms' tokens off pages, as a person would press buttons."""

    http: httpx.AsyncClient
    csrf: str = ""

    async def get(self, path: str, **more: Any) -> httpx.Response:
        answer = await self.http.get(path, **more)
        found = TOKEN.search(answer.text)
        self.csrf = found.group(1) if found else self.csrf
        return answer

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.http.post(path, data={"csrf": self.csrf, **fields})

    async def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        await self.get("/entrar")
        answer = await self.post("/entrar", correo=email, contrasena=password)
        if answer.status_code == 303:
            await self.get("/contrasena")
        return answer


@dataclass
class Staff:
    """Makes operators and browsers for them."""

    town: Town
    browsers: list[httpx.AsyncClient] = field(default_factory=list)

    async def hire(self, role: str, *departments: str, email: str = "") -> Operator:
        """An operator of these departments, of all where none is named."""
        async with self.town.sessions.begin() as session:
            return await create_operator(
                session, email=email or f"{role}{len(self.browsers)}@municipio.example", name=f"Persona {role}",
                role=role, password=PASSWORD, departments=list(departments), all_departments=not departments,
            )  # fmt: skip

    def browser(self, host: str = "10.0.0.1") -> Browser:
        transport = httpx.ASGITransport(app=self.town.app, client=(host, 4000), raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=PUBLIC)
        self.browsers.append(http)
        return Browser(http)

    async def enter(self, role: str, *departments: str) -> Browser:
        """A browser in which somebody of this role is signed in."""
        operator = await self.hire(role, *departments)
        browser = self.browser()
        assert (await browser.sign_in(operator.email)).status_code == 303
        return browser


@pytest.fixture
async def staff(quiet_town: Town) -> AsyncIterator[Staff]:
    await quiet_town.app.state.redis.flushdb()
    made = Staff(quiet_town)
    yield made
    for http in made.browsers:
        await http.aclose()


@dataclass
class Citizens:
    """People who write; each answers the number of their conversation."""

    town: Town

    async def write(self, *words: str, channel: str = "twilio_sms", department: str | None = None) -> int:
        phone = self.town.simulator.phone(channel) if channel != "twilio_sms" else self.town.simulator.phone()
        for one in words:
            await phone.send(one)
        await self.town.simulator.drain()
        number = await self.town.one("SELECT max(id) FROM conversations")
        assert isinstance(number, int)
        if department:
            await self.change(number, "department = :value", value=department)
        return number

    async def ask_for_a_person(self, conversation: int) -> None:
        await self.change(conversation, "floor = 'operator', floor_reason = 'asked', floor_since = now()")

    async def change(self, conversation: int, what: str, **values: object) -> None:
        async with self.town.sessions.begin() as session:
            await session.execute(
                text(f"UPDATE conversations SET {what} WHERE id = :id"), {"id": conversation, **values}
            )


@pytest.fixture
def citizens(quiet_town: Town) -> Citizens:
    return Citizens(quiet_town)
