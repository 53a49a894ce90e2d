"""A replay: women come in, the clock runs, they read and write; it stops at a number of SMS and counts."""

from __future__ import annotations

import asyncio
import csv
import io
import time as real
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import text

from backend.campaigns.enrolment import seed_programmes
from backend.campaigns.programme import BIRTH, DUE_DATE, Programme
from backend.campaigns.replay.calendar import PACK
from backend.campaigns.replay.on_call import OnCall
from backend.campaigns.replay.people import Act, Woman, births
from backend.campaigns.replay.road import Road
from backend.campaigns.replay.tally import Tally, tally
from backend.campaigns.schedule import on_the_clock
from backend.contacts.fields import Field, define, set_values
from backend.contacts.importing import Importer
from backend.simulator.settings import SimulatorSettings

STEP = timedelta(minutes=10)  # what happens within it happens at once
AFTERWARDS = timedelta(days=2)  # at most, for what is under way when nobody is written to any more
NOON = time(12)
ARMS = text("UPDATE enrolments SET arm = CASE WHEN contact_id % 2 = 0 THEN 'std' ELSE 'cSE' END WHERE arm IS NULL")


@dataclass(frozen=True)
class Replay:
    """A programme, its women, and the road that they go."""

    road: Road
    programmes: Sequence[Programme]
    everybody: Sequence[Woman]
    on_call: OnCall
    messages: int  # SMS in and out after which it stops
    chance: Random

    async def run(self) -> Tally:
        """Enrol everybody, live until enough messages have gone, finish what is under way, count."""
        enrolled_at = self.road.time()
        await self._enrol()
        for woman, born in births(self.everybody, self.chance):
            self.road.street.plan(woman, Act(_noon(woman, born), "birth"))
        began = real.monotonic()
        while self.road.street.total < self.messages and await self._on():
            await self._live()
        seconds = real.monotonic() - began
        stopped_at = self.road.time()
        await self._finish()
        return await tally(self.road, self.programmes, self.everybody, enrolled_at, stopped_at, seconds)

    async def _live(self) -> None:
        acts = self.road.street.due()
        await asyncio.gather(*(self.road.street.write(*one) for one in acts if one[1].kind != "birth"))
        await self._work()
        for woman, act in acts:
            if act.kind == "birth":
                await self._birth(woman, act.at)

    async def _work(self) -> None:
        """Whoever is on call reads what they read now, and the desk does whatever is due."""
        await self.on_call.read_due()
        await self.road.work()

    async def _on(self) -> bool:
        """Move the clock to the next thing that happens; False where nothing ever will."""
        street, clock = self.road.street, self.road.time
        moments = [clock.next_wake, street.next_act, await self.road.next_due()]
        following = min((one for one in moments if one is not None), default=None)
        if following is not None:
            clock.move_to(max(following, clock() + STEP))
        return following is not None

    async def _finish(self) -> None:
        """Nobody is enrolled any more and nobody writes: retries, callbacks and unread alarms come to their end."""
        async with self.road.sessions.begin() as session:
            await session.execute(text("UPDATE enrolments SET next_at = NULL"))
        end = self.road.time() + AFTERWARDS
        self.road.street.forget_plans()
        while await self._on() and self.road.time() < end:
            await self._work()
            self.road.street.forget_plans()

    async def _enrol(self) -> None:
        """Everybody comes in by the same CSV that a government would bring."""
        desk, sessions, now = self.road.desk, self.road.sessions, self.road.time()
        async with sessions.begin() as session:
            await define(session, [Field(key, key, "date") for key in (DUE_DATE, BIRTH)])
            await seed_programmes(session, self.programmes, now)
        importer = Importer(sessions, desk.vault, SimulatorSettings.line, desk.jurisdiction, ZoneInfo(desk.timezone))
        report = await importer.run(_csv(self.everybody, now.date()), now)
        assert report.enrolled == len(self.everybody), report.problems[:3]
        async with sessions.begin() as session:
            await session.execute(ARMS)

    async def _birth(self, woman: Woman, at: datetime) -> None:
        born = at.astimezone(ZoneInfo(woman.zone)).date()
        vault = self.road.desk.vault
        async with self.road.sessions.begin() as session:
            found = "SELECT contact_id FROM addresses WHERE fingerprint = :fingerprint"
            contact = await session.scalar(text(found), {"fingerprint": vault.fingerprint("twilio_sms", woman.phone)})
            await set_values(session, vault, {contact: {BIRTH: born}}, self.road.time())
            await session.execute(ARMS)
        woman.born, woman.born_told = born, self.road.time()


def _noon(woman: Woman, day: date) -> datetime:
    return on_the_clock(day, NOON, ZoneInfo(woman.zone))


def _csv(everybody: Sequence[Woman], today: date) -> bytes:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["telefono", "zona_horaria", DUE_DATE, BIRTH, "programa", "consentimiento_fecha"])
    for one in everybody:
        stage = f"{PACK}.{'bebe' if one.born else 'embarazo'}"
        table.writerow([one.phone, one.zone, one.due, one.born or "", stage, today])
    return out.getvalue().encode()
