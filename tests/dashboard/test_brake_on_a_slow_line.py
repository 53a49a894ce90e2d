"""The button stops a slow line within a second; answers and alarms go on."""

from __future__ import annotations

import asyncio
import time as real
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import cast

import httpx
import pytest

from backend.campaigns.enrolment import enrol_new, seed_programmes
from backend.campaigns.programme import Event, Programme
from backend.campaigns.scheduler import Scheduler
from backend.clock import clock
from backend.contacts.models import Address, Contact
from backend.conversations.models import Conversation
from backend.tasks.deliveries import DeliveryWorker
from channels.twilio_sms import TwilioSms
from tests.campaigns.clinic import Recorder
from tests.dashboard.conftest import Staff
from tests.fixtures_road import Town

WORDS = "Toma agua."
EVENT = Event("c1", days=0, at=time(12), text=WORDS)
CAMPAIGN = Programme("salud.consejos", "Consejos", (EVENT,), starts=date(2026, 11, 10))
PER_SECOND = 5
NOON = datetime(2026, 11, 10, 18, tzinfo=UTC)  # in Monterrey


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock(lambda: NOON):
        yield


@dataclass
class Line:
    """What has been handed to the provider."""

    told: list[str] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> None:
        self.told.append(request.content.decode())

    @property
    def campaign(self) -> int:
        return sum("Toma+agua" in one for one in self.told)

    def has(self, words: str) -> bool:
        return any(words in one for one in self.told)


async def queue(town: Town, people: int) -> None:
    """A campaign's message for each of these people."""
    async with town.sessions.begin() as session:
        contacts = [Contact(consented_at=NOON) for _ in range(people)]
        session.add_all(contacts)
        await session.flush()
        addresses = [
            Address(contact_id=one.id, channel="twilio_sms", fingerprint=f"x{n}", sealed=town.desk.vault.seal(number))
            for n, one in enumerate(contacts)
            for number in [f"+5255200{n:05}"]
        ]
        session.add_all(addresses)
        await session.flush()
        talks = [
            Conversation(contact_id=one.contact_id, address_id=one.id, channel="twilio_sms", line="+525500000000")
            for one in addresses
        ]
        session.add_all(talks)
        await session.flush()
        await seed_programmes(session, [CAMPAIGN], NOON)
        await enrol_new(session, CAMPAIGN.key, [(one.contact_id, one.id) for one in talks], NOON)
    await Scheduler(town.desk, town.sessions, Recorder()).run()


@asynccontextmanager
async def delivering(town: Town) -> AsyncIterator[Line]:
    """The line at work, as in a worker's process."""
    line = Line()
    town.http.event_hooks["request"].append(line)
    twilio = replace(cast(TwilioSms, town.deliveries.channels["twilio_sms"]), rate_per_second=PER_SECOND)
    worker = replace(town.deliveries, channels={"twilio_sms": twilio})
    task = asyncio.create_task(_go_on(worker))
    yield line
    task.cancel()
    await asyncio.wait([task, *worker.under_way])


async def _go_on(worker: DeliveryWorker) -> None:
    while True:
        if not await worker.run():
            await asyncio.sleep(0.05)


async def until(true: Callable[[], bool], seconds: float) -> float:
    """Wait for something to come true; answers how long it took."""
    began = real.monotonic()
    while not true():
        assert real.monotonic() - began < seconds
        await asyncio.sleep(0.02)
    return real.monotonic() - began


async def test_the_button_stops_a_slow_line_within_a_second(staff: Staff) -> None:
    town, browser = staff.town, await staff.enter("supervisor")
    await queue(town, 200)
    assert await town.one("SELECT count(*) FROM outbound_messages WHERE status = 'queued'") == 200
    async with delivering(town) as line:
        await until(lambda: line.campaign >= PER_SECOND, 10)
        await browser.post("/envios/detener")
        left = line.campaign
        await town.simulator.phone().send("me sale mucha sangre")
        waited = await until(lambda: line.has("911"), 5)
        await asyncio.sleep(max(0, 3 - waited))
        print(f"left after the button: {line.campaign - left}; the alarm left after {waited:.1f} s")
        assert line.campaign - left <= PER_SECOND and waited < 2
    assert await town.one("SELECT count(*) FROM outbound_messages WHERE status = 'queued'") == 200 - line.campaign
