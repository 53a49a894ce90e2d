"""A desk whose telephones are on duty, a clock that is moved, and the sweep that rings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from backend.alarms.escalation import ring_due
from backend.clock import clock, now
from backend.office import FrontDesk
from backend.simulator.phones import Phone
from backend.tasks.claims import claim, release
from backend.tasks.notice_answers import answer_notices
from bot.packs.model import OnCall
from tests.fixtures_road import Town

LINE = "+525500000000"
MONDAY_TEN = datetime(2026, 11, 23, 16, tzinfo=UTC)  # 10:00 in Monterrey
NURSES, SOCIAL_WORK, NIGHT, HEAD = (f"+52550000900{n}" for n in range(1, 5))  # of the example's on_call.yml
PROTECTION, PROTECTION_HEAD = "+525500009005", "+525500009006"


@dataclass
class Ward:
    """A town in which alarms ring; nothing moves until the test says so."""

    town: Town
    moment: datetime
    desk: FrontDesk

    def later(self, **delta: float) -> None:
        self.moment += timedelta(**delta)

    async def sweep(self) -> int:
        """Work off what is due, and deliver it."""
        looked = 0
        while batch := await self.ring():
            looked += batch
            assert looked < 20, "the sweep always finds something due"
        await self.town.deliver()
        return looked

    async def ring(self) -> int:
        async with self.town.sessions.begin() as session:
            return await ring_due(session, self.desk, now())

    async def ring_on(self, times: int) -> list[tuple[str, float]]:
        """Let nobody answer: who is rung, and how many minutes after the one before."""
        calls = []
        for _ in range(times):
            due = await self.town.one("SELECT next_ring_at FROM escalations")
            assert isinstance(due, datetime)
            waited, self.moment = (due - self.moment).total_seconds() / 60, due
            await self.ring()
            name = await self.town.one("SELECT name FROM alarm_rings ORDER BY step DESC LIMIT 1")
            calls.append((str(name), waited))
        return calls

    def phone(self, number: str) -> Phone:
        self.town.simulator.provider.person("twilio_sms", number)
        return Phone(self.town.simulator, number)

    async def alarm(self, words: str = "me sale mucha sangre") -> Phone:
        """Somebody new writes of a danger, and the sweep has seen it."""
        her = self.town.simulator.phone()
        await her.send(words)
        await self.sweep()
        return her

    def heard(self, phone: Phone | str) -> list[str]:
        """What has arrived on a phone, as SMS writes it: without some accents."""
        there = self.phone(phone) if isinstance(phone, str) else phone
        return [message.text for message in there.received]

    def rung(self) -> list[str]:
        """The last two digits of the staff's telephones that rang, in order."""
        sent = sorted(self.town.simulator.provider.messages.values(), key=lambda one: (one.created_at, one.revision))
        return [one.phone[-1] for one in sent if one.text.startswith("ALARMA") and one.direction == "to_phone"]

    async def answer(self, phone: Phone | str, words: str) -> list[str]:
        """Write back; what comes in answer. What is no answer to a notice stays for the bot."""
        there = self.phone(phone) if isinstance(phone, str) else phone
        known = len(there.received)
        await there.send(words)
        async with self.town.sessions.begin() as session:
            claims = await claim(session)
        answered = await answer_notices(self.town.sessions, self.desk, claims)
        async with self.town.sessions.begin() as session:
            await release(session, [(one, None) for one in claims if one.conversation.id not in answered])
            await session.execute(text("UPDATE inbound_messages SET status = 'done'"))  # the bot's
        await self.town.deliver()
        return [message.text for message in there.received[known:]]

    def with_list(self, on_call: OnCall) -> None:
        self.desk = replace(self.desk, government=replace(self.desk.government, on_call=on_call))


@pytest.fixture
def ward(quiet_town: Town) -> Iterator[Ward]:
    made = Ward(quiet_town, MONDAY_TEN, quiet_town.desk)
    with clock(lambda: made.moment):
        yield made
