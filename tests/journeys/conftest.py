"""One person on the real road, and a clock that jumps from one thing that is due to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.clock import clock
from backend.simulator.phones import Phone
from bot.text.folding import fold
from tests.fixtures_road import Town

MONTERREY = ZoneInfo("America/Monterrey")
NURSES = "+525500009001"  # first of the example's on_call.yml
A_MOMENT = timedelta(seconds=20)  # between what she writes and what she writes next
DUE = """
    SELECT min(due) FROM (
        SELECT min(next_at) AS due FROM enrolments WHERE status = 'active'
        UNION ALL SELECT min(wakes_at) FROM flow_runs WHERE status <> 'ended'
        UNION ALL SELECT min(next_ring_at) FROM escalations
        UNION ALL SELECT min(next_attempt_at) FROM outbound_messages WHERE status = 'queued'
    ) AS everything"""


@dataclass(frozen=True)
class Arrived:
    """A message on her phone, and what her clock showed."""

    at: str  # 2026-11-25 10:00
    text: str


@dataclass
class Journey:
    """Her phone, and the time that goes by."""

    town: Town
    moment: datetime
    phone: Phone
    story: list[Arrived] = field(default_factory=list)

    async def says(self, words: str) -> str:
        """She writes; what comes back, all of it, folded so that SMS without accents reads the same."""
        self.moment += A_MOMENT
        arrived = await self.town.say(self.phone, words)
        self._heard(arrived)
        return fold(" ".join(arrived))

    async def until(self, local: str) -> list[Arrived]:
        """Live on until a moment of Monterrey; what arrived on the way, at its own minute."""
        end, known = _moment(local), len(self.story)
        while (due := await self._next()) <= end:
            await self._at(due)
        await self._at(end)
        return self.story[known:]

    async def skip_to(self, local: str) -> None:
        """Months that the test does not live through: nothing runs meanwhile, and what is late by then never comes."""
        await self._at(_moment(local))

    async def _at(self, moment: datetime) -> None:
        self.moment = moment
        await self.town.look_after()
        self._heard(await self.town.replies(self.phone))

    async def _next(self) -> datetime:
        due = await self.town.one(DUE)
        if not isinstance(due, datetime):
            return datetime.max.replace(tzinfo=UTC)
        return max(due, self.moment + timedelta(seconds=1))

    def _heard(self, texts: list[str]) -> None:
        local = self.moment.astimezone(MONTERREY).strftime("%Y-%m-%d %H:%M")
        self.story += [Arrived(local, fold(text)) for text in texts]

    def telephone(self, number: str) -> Phone:
        """Somebody of the staff."""
        self.town.simulator.provider.person("twilio_sms", number)
        return Phone(self.town.simulator, number)


def _moment(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=MONTERREY).astimezone(UTC)


@pytest.fixture
def journey(town: Town) -> Iterator[Journey]:
    """She first writes on Tuesday 24 November 2026 at eleven."""
    start = datetime(2026, 11, 24, 11, tzinfo=MONTERREY).astimezone(UTC)
    made = Journey(town, start, town.simulator.phone())
    with clock(lambda: made.moment):
        yield made


async def enrol(journey: Journey, pregnancy: str = "12 semanas", age: str = "24", name: str = "Rosa") -> str:
    """The whole conversation of enrolment; what she hears at the end."""
    await journey.says("quiero que me manden los consejos del embarazo")
    for words in ("sí", name, "1", pregnancy, "Apodaca", "no sé"):
        await journey.says(words)
    return await journey.says(age)
