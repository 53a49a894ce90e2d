"""What people do about an alarm: read it, judge it, close it. Whoever reads it stops the telephones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.care import FOLLOW_UP_AFTER, care_of
from backend.alarms.escalation import begin
from backend.alarms.models import Escalation, Ring
from backend.clock import now
from backend.contacts.models import Address
from backend.conversations.floor import NotAllowed
from backend.conversations.models import Alarm, Conversation, InboundMessage
from backend.conversations.notices import Notice, tell
from backend.conversations.service import Departments, visible
from backend.office import FrontDesk

Triage = Literal["danger", "worry", "mistake"]


@dataclass(frozen=True)
class AlarmRow:
    """An alarm as the desk shows it. `rung`: who was called last; `overdue_since`: the whole list, and nobody came."""

    id: int
    conversation_id: int
    channel: str
    sealed_address: str
    department: str | None
    kind: str
    sign: str
    signs: int
    text: str  # redacted
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: int | None
    closed_at: datetime | None
    answered_by: str | None
    triage: str | None
    rings: int
    rung: str | None
    next_ring_at: datetime | None
    overdue_since: datetime | None
    helped: bool | None


async def list_alarms(
    session: AsyncSession, departments: Departments, closed: bool = False, limit: int = 100
) -> list[AlarmRow]:
    """Open alarms, unread first and of those the oldest; or the closed ones, the newest first."""
    query = _rows().where(visible(departments))
    if closed:
        query = query.where(Alarm.closed_at.is_not(None)).order_by(Alarm.closed_at.desc())
    else:
        query = query.where(Alarm.closed_at.is_(None)).order_by(Alarm.acknowledged_at.is_not(None), Alarm.opened_at)
    return [_row(*found) for found in await session.execute(query.limit(limit))]


async def alarm_of(session: AsyncSession, conversation_id: int, departments: Departments) -> AlarmRow | None:
    """The open alarm of a conversation."""
    query = _rows().where(visible(departments), Alarm.conversation_id == conversation_id, Alarm.closed_at.is_(None))
    found = (await session.execute(query)).first()
    return _row(*found) if found is not None else None


async def overdue(session: AsyncSession, departments: Departments) -> int:
    """How many alarms nobody has answered although the whole list was rung."""
    query = (
        select(func.count())
        .select_from(Escalation)
        .join(Alarm, Alarm.id == Escalation.alarm_id)
        .join(Conversation, Conversation.id == Alarm.conversation_id)
        .where(visible(departments), Alarm.closed_at.is_(None), Alarm.acknowledged_at.is_(None))
        .where(Escalation.overdue_since.is_not(None))
    )
    return await session.scalar(query) or 0


def _rows() -> Select[Alarm, Conversation, str, str, Escalation | None, str | None]:
    last_rung = select(Ring.name).where(Ring.alarm_id == Alarm.id).order_by(Ring.step.desc()).limit(1).scalar_subquery()
    return (
        select(Alarm, Conversation, Address.sealed, InboundMessage.redacted_text, Escalation, last_rung)
        .join(Conversation, Conversation.id == Alarm.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .join(InboundMessage, InboundMessage.id == Alarm.inbound_id)
        .outerjoin(Escalation, Escalation.alarm_id == Alarm.id)
    )


def _row(
    alarm: Alarm, conversation: Conversation, address: str, text: str, known: Escalation | None, rung: str | None
) -> AlarmRow:
    return AlarmRow(
        id=alarm.id,
        conversation_id=conversation.id,
        channel=conversation.channel,
        sealed_address=address,
        department=conversation.department,
        kind=alarm.kind,
        sign=alarm.sign,
        signs=alarm.signs,
        text=text,
        opened_at=alarm.opened_at,
        acknowledged_at=alarm.acknowledged_at,
        acknowledged_by=alarm.acknowledged_by,
        closed_at=alarm.closed_at,
        answered_by=known.answered_by if known else None,
        triage=known.triage if known else None,
        rings=known.rings if known else 0,
        rung=rung,
        next_ring_at=known.next_ring_at if known else None,
        overdue_since=known.overdue_since if known else None,
        helped=known.helped if known else None,
    )


async def acknowledge(
    session: AsyncSession, desk: FrontDesk, alarm_id: int, operator_id: int, departments: Departments
) -> int:
    """An operator has read the alarm; answers its conversation. Raises NotAllowed where it is not theirs to see."""
    alarm, escalation = await _find(session, alarm_id, departments)
    await read(session, desk, alarm, escalation, operator_id=operator_id)
    return alarm.conversation_id


async def triage(
    session: AsyncSession,
    desk: FrontDesk,
    alarm_id: int,
    operator_id: int,
    departments: Departments,
    verdict: Triage,
) -> int:
    """An operator says what it is; a mistake is closed. Raises NotAllowed as acknowledging does."""
    alarm, escalation = await _find(session, alarm_id, departments)
    await read(session, desk, alarm, escalation, operator_id=operator_id, quietly=verdict == "mistake")
    escalation.triage, escalation.triaged_at, escalation.triaged_by = verdict, now(), operator_id
    if escalation.asked_at is None:
        after = FOLLOW_UP_AFTER[verdict] if care_of(alarm.kind).follow_up else None
        escalation.follow_up_at = alarm.opened_at + after if after else None
    if verdict == "mistake":
        alarm.closed_at = alarm.closed_at or now()
    return alarm.conversation_id


async def close(
    session: AsyncSession, desk: FrontDesk, alarm_id: int, operator_id: int, departments: Departments
) -> int:
    """The danger is over; whether help came is asked all the same. Raises NotAllowed as acknowledging does."""
    alarm, escalation = await _find(session, alarm_id, departments)
    await read(session, desk, alarm, escalation, operator_id=operator_id)
    alarm.closed_at = alarm.closed_at or now()
    return alarm.conversation_id


async def read(
    session: AsyncSession,
    desk: FrontDesk,
    alarm: Alarm,
    escalation: Escalation,
    operator_id: int | None = None,
    name: str | None = None,
    quietly: bool = False,
) -> bool:
    """A person has read it, at the desk or (`name`) by telephone: no more rings, and she is told unless `quietly`.

    False where somebody had read it before. The caller has locked both rows, in `_find`'s order."""
    if alarm.acknowledged_at is not None:
        return False
    alarm.acknowledged_at, alarm.acknowledged_by = now(), operator_id
    escalation.answered_by = name
    escalation.next_ring_at = escalation.tell_at = escalation.overdue_since = None
    if not quietly:
        conversation = await session.get_one(Conversation, alarm.conversation_id)
        key = f"alarma:{alarm.id}:leida:{escalation.turn}"
        words = care_of(alarm.kind).read
        await tell(session, desk, [Notice(conversation, key, words, escalation.service, outbound_class="alarm")])
    return True


async def lock(session: AsyncSession, alarm_id: int) -> tuple[Alarm, Escalation]:
    """Both rows of an alarm for a change, first the one that the sweep locks too."""
    alarm = await session.get_one(Alarm, alarm_id)
    await begin(session, [alarm], now())  # at the desk it may be read before the first sweep has seen it
    held = select(Escalation).where(Escalation.alarm_id == alarm_id).with_for_update()
    escalation = (await session.scalars(held.execution_options(populate_existing=True))).one()
    await session.refresh(alarm, with_for_update=True)
    return alarm, escalation


async def _find(session: AsyncSession, alarm_id: int, departments: Departments) -> tuple[Alarm, Escalation]:
    query = (
        select(Alarm.id)
        .join(Conversation, Conversation.id == Alarm.conversation_id)
        .where(Alarm.id == alarm_id, visible(departments))
    )
    if await session.scalar(query) is None:
        raise NotAllowed("no existe esa alarma")
    return await lock(session, alarm_id)


def as_triage(text: str) -> Triage | None:
    """What a form sent, if it is one."""
    return cast(Triage, text) if text in ("danger", "worry", "mistake") else None
