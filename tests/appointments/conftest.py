"""People with appointments, a clock that is moved, and the sweep that reminds them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

import pytest
from sqlalchemy import select, text

from backend.appointments.models import Appointment
from backend.appointments.reminders import remind_due
from backend.appointments.service import Told, record
from backend.clock import clock, now
from backend.conversations.models import Conversation
from backend.simulator.phones import Phone
from backend.tasks.claims import claim, release
from backend.tasks.notice_answers import answer_notices
from tests.fixtures_road import Town


@dataclass
class Clinic:
    """A town whose people have appointments; nothing moves until the test says so."""

    town: Town
    moment: datetime
    seen: dict[str, int] = field(default_factory=dict)

    def at(self, local: str) -> None:
        """Move to a moment of Monterrey, six hours behind UTC, written as ISO."""
        self.moment = datetime.fromisoformat(f"{local}-06:00").astimezone(UTC)

    async def person(self, zone: str | None = None) -> Phone:
        """Somebody who has written once."""
        phone = self.town.simulator.phone()
        await phone.send("hola")
        async with self.town.sessions.begin() as session:
            await session.execute(text("UPDATE inbound_messages SET status = 'done'"))
            await session.execute(text("UPDATE conversations SET next_turn_at = NULL"))
            if zone:
                await session.execute(text("UPDATE contacts SET timezone = :zone"), {"zone": zone})
        return phone

    async def conversation(self) -> int:
        number = await self.town.one("SELECT max(id) FROM conversations")
        assert isinstance(number, int)
        return number

    async def appointment(
        self, day: str, at: str | None = None, place: str | None = None, service: str = "salud_materna"
    ) -> int:
        """An appointment of whoever came last."""
        hour = time.fromisoformat(at) if at else None
        async with self.town.sessions.begin() as session:
            conversation = await session.get_one(Conversation, await self.conversation())
            told = Told(date.fromisoformat(day), hour, place)
            return (await record(session, self.town.desk, conversation, service, told, conversation.contact_id)).id

    async def change(self, appointment: int, action: Callable[..., Awaitable[object]], *values: object) -> None:
        """Call a function of the service on an appointment."""
        async with self.town.sessions.begin() as session:
            row = (await session.scalars(select(Appointment).where(Appointment.id == appointment))).one()
            await action(session, row, *values)

    async def sweep(self) -> int:
        """Work off what is due, and deliver it."""
        async with self.town.sessions.begin() as session:
            looked = await remind_due(session, self.town.desk, now())
        await self.town.deliver()
        return looked

    def new(self, phone: Phone) -> list[str]:
        """What has arrived since the last look, as SMS writes it."""
        arrived = [message.text for message in phone.received]
        new = arrived[self.seen.get(phone.id, 0) :]
        self.seen[phone.id] = len(arrived)
        return new

    async def on(self, local: str, phone: Phone) -> list[str]:
        """Sweep at a moment of Monterrey; what arrives."""
        self.at(local)
        await self.sweep()
        return self.new(phone)

    async def answer(self, phone: Phone, words: str) -> list[str]:
        """Write; what comes in answer to it. What is no answer to a notice is left to the bot."""
        self.new(phone)
        await phone.send(words)
        async with self.town.sessions.begin() as session:
            claims = await claim(session)
        answered = await answer_notices(self.town.sessions, self.town.desk, claims)
        async with self.town.sessions.begin() as session:
            await release(session, [(one, None) for one in claims if one.conversation.id not in answered])
            await session.execute(text("UPDATE inbound_messages SET status = 'done'"))  # the bot's
        await self.town.deliver()
        return [text for text in self.new(phone) if "asistente automatico" not in text]

    async def row(self, columns: str = "status, day::text") -> tuple[object, ...]:
        return (await self.town.rows(f"SELECT {columns} FROM appointments ORDER BY id DESC LIMIT 1"))[0]


@pytest.fixture
def clinic(quiet_town: Town) -> Iterator[Clinic]:
    made = Clinic(quiet_town, datetime(2026, 11, 23, 16, tzinfo=UTC))  # Monday, 10:00 in Monterrey
    with clock(lambda: made.moment):
        yield made
