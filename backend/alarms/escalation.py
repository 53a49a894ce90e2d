"""Ring until a person answers: one after the other, then the whole list again.

Every step is due at a moment in a row and worked off with SKIP LOCKED in one transaction: a process that dies leaves
the step undone and due, and its key in the outbox makes it impossible to do it twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.care import ASKED_FOR, FOLLOW_UP_AFTER, TELL_AFTER, care_of
from backend.alarms.duty import calling_order, patience, service_of
from backend.alarms.models import Escalation, Ring
from backend.alarms.staff import RING_KEY, ring
from backend.conversations.models import Alarm, Conversation, OutboundMessage
from backend.conversations.notices import Notice, expect, tell
from backend.office import FrontDesk
from bot.packs.model import Duty

log = structlog.get_logger()
BATCH = 64
READ_FOR = timedelta(minutes=15)


async def ring_due(session: AsyncSession, desk: FrontDesk, now: datetime) -> int:
    """One batch of what is due for alarms, in the caller's transaction; answers how many were looked at."""
    watched = exists().where(Escalation.alarm_id == Alarm.id)
    new = await session.scalars(select(Alarm).where(Alarm.closed_at.is_(None), ~watched).limit(BATCH))
    await begin(session, new.all(), now)
    cases = await _claim(session, desk, now)
    for one in cases:
        await one.go_on()
    return len(cases)


async def begin(session: AsyncSession, alarms: Iterable[Alarm], now: datetime) -> None:
    """Look after alarms from now on, whoever opened them; one that is looked after already stays as it is."""
    rows = [_beginning(alarm, now) for alarm in alarms]
    if rows:
        await session.execute(insert(Escalation).on_conflict_do_nothing(index_elements=["alarm_id"]), rows)


def _beginning(alarm: Alarm, now: datetime) -> dict[str, object]:
    care, follow_up, unread = care_of(alarm.kind), FOLLOW_UP_AFTER[None], alarm.acknowledged_at is None
    return {
        "alarm_id": alarm.id,
        "service": service_of(alarm.sign),
        "began_at": alarm.opened_at,
        "next_ring_at": now if unread else None,
        "tell_at": alarm.opened_at + TELL_AFTER if unread and care.nobody else None,
        "follow_up_at": alarm.opened_at + follow_up if care.follow_up and follow_up else None,
    }


def ring_again(alarm: Alarm, escalation: Escalation, now: datetime) -> None:
    """Help did not come, or she is worse: as if it were a new alarm. The escalation is locked."""
    alarm.acknowledged_at = alarm.acknowledged_by = alarm.closed_at = None
    escalation.turn, escalation.round = escalation.turn + 1, 1
    escalation.next_ring_at, escalation.answered_by = now, None
    escalation.tell_at = now + TELL_AFTER if care_of(alarm.kind).nobody else None


async def _claim(session: AsyncSession, desk: FrontDesk, now: datetime) -> list[_Case]:
    lost = _ring_is_lost()
    moments = (Escalation.next_ring_at, Escalation.tell_at, Escalation.follow_up_at)
    candidates = union_all(  # apart, so that each finds its index
        select(Escalation.alarm_id).where(or_(*(moment <= now for moment in moments))),
        select(Escalation.alarm_id).where(lost),
        select(Alarm.id).where(Alarm.closed_at.is_(None), Alarm.last_sign_at > Alarm.acknowledged_at + READ_FOR),
    )
    rows = await session.execute(
        select(Escalation, Alarm, Conversation, lost)
        .join(Alarm, Alarm.id == Escalation.alarm_id)
        .join(Conversation, Conversation.id == Alarm.conversation_id)
        .where(Escalation.alarm_id.in_(candidates))
        .order_by(Escalation.alarm_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=(Escalation, Alarm))
        .execution_options(populate_existing=True)
    )
    return [_Case(session, desk, now, *row) for row in rows]


def _ring_is_lost() -> ColumnElement[bool]:
    """The last SMS of the first round will never arrive: nobody is waited for."""
    alarm, step = cast(Escalation.alarm_id, String), cast(Escalation.rings, String)
    key = func.format(RING_KEY.format(alarm="%s", step="%s"), alarm, step)
    failed = exists().where(OutboundMessage.campaign_key == key, OutboundMessage.status.in_(("failed", "undelivered")))
    return and_(Escalation.next_ring_at.is_not(None), Escalation.round == 1, failed)


@dataclass(frozen=True)
class _Case:
    """An alarm under way, locked for this transaction."""

    session: AsyncSession
    desk: FrontDesk
    now: datetime
    escalation: Escalation
    alarm: Alarm
    conversation: Conversation
    lost: bool

    async def go_on(self) -> None:
        """Do what is due of it, all of which may be."""
        escalation, care = self.escalation, care_of(self.alarm.kind)
        if self._is_worse():
            ring_again(self.alarm, escalation, self.now)
        if self.alarm.closed_at is not None or self.alarm.acknowledged_at is not None:
            escalation.next_ring_at = escalation.tell_at = None
        if self._is_due(escalation.next_ring_at) or (self.lost and escalation.next_ring_at is not None):
            await self._ring()
        if self._is_due(escalation.tell_at):
            escalation.tell_at = None
            await self._say("nadie", care.nobody, "alarm")
        if self._is_due(escalation.follow_up_at):
            escalation.follow_up_at = None
            await self._ask(care.follow_up)

    def _is_worse(self) -> bool:
        """A further sign, well after somebody had read the alarm: whoever read it may not be looking any more."""
        read = self.alarm.acknowledged_at
        return self.alarm.closed_at is None and read is not None and self.alarm.last_sign_at > read + READ_FOR

    def _is_due(self, moment: datetime | None) -> bool:
        return moment is not None and moment <= self.now

    async def _ring(self) -> None:
        escalation = self.escalation
        duties = self.desk.government.on_call.duties.get(escalation.service, ())
        if not duties:
            escalation.next_ring_at, escalation.overdue_since = None, self.now
            log.critical("an alarm rings nobody: its service has no on-call list", service=escalation.service)
            return
        duty = await self._next(duties)
        await ring(self.session, self.desk, self.alarm, escalation, duty, self.now)
        escalation.next_ring_at = self.now + patience(escalation.round)
        if escalation.rings == 1:
            await self._say("buscamos", care_of(self.alarm.kind).searching, "alarm")

    async def _next(self, duties: tuple[Duty, ...]) -> Duty:
        """Whoever has not been rung in this round; where all have been, the first of another."""
        escalation, local = self.escalation, self.now.astimezone(ZoneInfo(self.desk.timezone))
        this_round = (Ring.alarm_id == self.alarm.id, Ring.turn == escalation.turn, Ring.round == escalation.round)
        rung = set(await self.session.scalars(select(Ring.name).where(*this_round)))
        left = [duty for duty in calling_order(duties, local, whole=escalation.round > 1) if duty.name not in rung]
        if left:
            return left[0]
        escalation.round += 1
        escalation.overdue_since = escalation.overdue_since or self.now
        log.error("nobody on call has answered an alarm", alarm=self.alarm.id, rounds=escalation.round - 1)
        return calling_order(duties, local, whole=True)[0]

    async def _say(
        self, what: str, say: str | None, outbound_class: Literal["notice", "alarm"], until: datetime | None = None
    ) -> None:
        if say is not None:
            key = f"alarma:{self.alarm.id}:{what}:{self.escalation.turn}"
            notice = Notice(self.conversation, key, say, self.escalation.service, {}, outbound_class, until)
            await tell(self.session, self.desk, [notice])

    async def _ask(self, say: str | None) -> None:
        """Whether help came: a notice, because nobody should be woken by a question; it waits for the morning."""
        if say is not None:
            until = self.now + ASKED_FOR
            await self._say("ayuda", say, "notice", until)
            await expect(self.session, self.conversation.id, "yes_no", until)
            self.escalation.asked_at, self.escalation.helped = self.now, None
