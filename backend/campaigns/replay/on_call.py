"""Whoever is on call in a replay: reads most alarms soon, and some only after the telephones have rung for a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.service import lock, read
from backend.campaigns.replay.road import Road
from backend.conversations.models import Alarm

SOON = 1  # minutes until an alarm is read, so that it has rung before
UNREAD = 1 / 3  # of the alarms are read by nobody at first
SOONEST, LATEST = 20, 180  # minutes until somebody reads one of those
CAME_TO = text("""
    SELECT count(*), count(*) FILTER (WHERE late), count(*) FILTER (WHERE rings < CASE WHEN late THEN 2 ELSE 1 END)
    FROM (
        SELECT a.acknowledged_at IS NULL OR a.acknowledged_at >= a.opened_at + :soonest AS late,
            coalesce(e.rings, 0) AS rings
        FROM alarms a LEFT JOIN escalations e ON e.alarm_id = a.id
    ) seen
""")
ACCEPTED = text("""
    SELECT count(*) FILTER (WHERE campaign_key LIKE '%%\\:guardia\\:%%'),
        count(*) FILTER (WHERE campaign_key LIKE '%%\\:nadie\\:%%')
    FROM outbound_messages WHERE campaign_key LIKE 'alarma\\:%%' AND status IN ('sent', 'delivered')
""")


@dataclass(frozen=True)
class Rung:
    """What became of the alarms. `unread`: for a while; `silent`: too few telephones rang, which must be 0."""

    alarms: int
    unread: int
    silent: int
    rings: int  # SMS to whoever is on call
    told: int  # SMS to women whose alarm nobody had read


@dataclass
class OnCall:
    """Reads alarms when their moment has come, as at the desk."""

    road: Road
    chance: Random
    moments: dict[int, datetime] = field(default_factory=dict)  # by alarm, drawn when it is first seen

    async def read_due(self) -> None:
        unread = select(Alarm).where(Alarm.acknowledged_at.is_(None), Alarm.closed_at.is_(None)).order_by(Alarm.id)
        async with self.road.sessions.begin() as session:
            for alarm in (await session.scalars(unread)).all():
                if alarm.id not in self.moments:
                    self.moments[alarm.id] = self._moment(alarm.opened_at)
                if self.moments[alarm.id] <= self.road.time():
                    await read(session, self.road.desk, *await lock(session, alarm.id))

    def _moment(self, opened_at: datetime) -> datetime:
        late = self.chance.random() < UNREAD
        return opened_at + timedelta(minutes=self.chance.uniform(SOONEST, LATEST) if late else SOON)


async def rung(session: AsyncSession) -> Rung:
    alarms, unread, silent = (await session.execute(CAME_TO, {"soonest": timedelta(minutes=SOONEST)})).one()
    rings, told = (await session.execute(ACCEPTED)).one()
    return Rung(alarms, unread, silent, rings, told)
