"""The scheduler: claims whoever has something due, puts it into the outbox and works out what comes next.

One transaction per batch, a few statements whatever its size. Rows are claimed with SKIP LOCKED, so any number of
schedulers may run; `campaign_key` is unique in the outbox, so whatever happens nobody gets a message twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, DateTime, Double, String, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.claims import claim
from backend.campaigns.counts import QUEUED, count
from backend.campaigns.models import Enrolment
from backend.campaigns.moving import COMPLETED
from backend.campaigns.rules import read_rules
from backend.campaigns.shelf import ProgrammeShelf
from backend.campaigns.steps import Step, step
from backend.campaigns.words import Message, messages, rows
from backend.clock import now
from backend.conversations.models import OutboundMessage
from backend.db import Sessions, recordset
from backend.experiments.assignment import take_in
from backend.office import FrontDesk

BATCH = 500
ONCE = (
    insert(OutboundMessage)
    .on_conflict_do_nothing(index_elements=["campaign_key"], index_where=OutboundMessage.campaign_key.is_not(None))
    .returning(OutboundMessage.campaign_key)
)


@dataclass(frozen=True)
class FlowStart:
    """A flow that a campaign begins for somebody; `key` is unique to person, event and day."""

    flow: str
    contact_id: int
    conversation_id: int
    key: str


class Flows(Protocol):
    """Whoever runs flows; called inside the scheduler's transaction."""

    async def start(self, session: AsyncSession, starts: Sequence[FlowStart]) -> None: ...


@dataclass(frozen=True)
class Scheduler:
    """Any number of them, in any number of processes."""

    desk: FrontDesk
    sessions: Sessions
    flows: Flows
    batch: int = BATCH
    shelf: ProgrammeShelf = field(default_factory=ProgrammeShelf)

    async def run(self) -> int:
        """One batch; answers how many people were looked at. While sending is stopped nobody is."""
        moment, zone = now(), ZoneInfo(self.desk.timezone)
        async with self.sessions.begin() as session:
            rules = await read_rules(session)
            if rules.stopped:
                return 0
            known = await self.shelf.read(session, signed_only=self.desk.settings.in_production)
            people = await claim(session, known, zone, moment, self.batch)
            if not people:
                return 0
            steps = [step(one, rules.quiet, moment) for one in people]
            queued = await self._put(session, steps, moment)
            await _advance(session, steps, moment)
            await count(session, _outcomes(steps, queued), moment.astimezone(zone).date())
        return len(people)

    async def _put(self, session: AsyncSession, steps: Iterable[Step], moment: datetime) -> list[Message]:
        """Queue what is due and begin its flows; answers what nobody had queued before."""
        sending = await _in_arms(session, self.desk, messages(steps), moment)
        written = await rows(session, self.desk, sending, moment)
        new = set((await session.scalars(ONCE, written)).all()) if written else set()
        fresh = [one for one in sending if one.key in new or not one.text]
        starts = [
            FlowStart(flow, one.person.contact_id, one.person.conversation_id, one.key)
            for one in fresh
            if (flow := one.flow)
        ]
        if starts:
            await self.flows.start(session, starts)
        return fresh


async def _in_arms(
    session: AsyncSession, desk: FrontDesk, sending: Sequence[Message], moment: datetime
) -> list[Message]:
    """Take people into the trials of their campaigns; each reads the words of their arm, their enrolment's first."""
    people = [one.person for one in sending]
    contacts = [person.contact_id for person in people]
    arms = await take_in(session, desk.vault, contacts, moment, ZoneInfo(desk.timezone))
    own = [person.arm or arms.get((person.contact_id, person.programme.key)) for person in people]
    return [replace(one, person=replace(one.person, arm=arm)) for one, arm in zip(sending, own, strict=True)]


async def _advance(session: AsyncSession, steps: Sequence[Step], moment: datetime) -> None:
    given = recordset(
        [
            {
                "id": one.person.enrolment_id,
                "cursor_at": one.cursor.isoformat() if one.cursor else None,
                "next_at": one.next_at.isoformat() if one.next_at else None,
                "reached": one.reached,
                "status": "ended" if one.completed else "active",
                "reason": COMPLETED if one.completed else None,
            }
            for one in steps
        ],
        id=BigInteger(),
        cursor_at=DateTime(timezone=True),
        next_at=DateTime(timezone=True),
        reached=Double(),
        status=String(),
        reason=String(),
    )
    await session.execute(
        update(Enrolment)
        .where(Enrolment.id == given.c.id)
        .values(
            cursor_at=func.coalesce(given.c.cursor_at, Enrolment.cursor_at),
            next_at=given.c.next_at,
            reached=given.c.reached,
            status=given.c.status,
            reason=given.c.reason,
            status_at=moment,
        )
        .execution_options(synchronize_session=False)
    )


def _outcomes(steps: Iterable[Step], queued: Iterable[Message]) -> Counter[tuple[str, str]]:
    outcomes = Counter((one.person.programme.key, QUEUED) for one in queued)
    for one in steps:
        outcomes.update({(one.person.programme.key, why): times for why, times in one.skipped.items()})
    return outcomes


async def until_idle(scheduler: Scheduler) -> int:
    """Work until nobody is due; answers how many were looked at."""
    looked = 0
    while batch := await scheduler.run():
        looked += batch
    return looked
