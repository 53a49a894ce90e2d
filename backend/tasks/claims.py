"""Whose turn is worked on by whom: a lease with a fencing number, taken with SKIP LOCKED and committed at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Case,
    DateTime,
    TableValuedAlias,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.conversations.alarms import OPEN_FOR
from backend.conversations.models import Alarm, Conversation, InboundMessage
from backend.conversations.waiting import told_lately
from backend.db import lock, recordset

LEASE = timedelta(seconds=30)
BATCH = 64
BURST = 10  # messages a minute that are still answered one by one
SETTLE = timedelta(seconds=4)  # of silence before a burst is answered together
BURST_WINDOW = timedelta(minutes=1)


def unless_woken(given: TableValuedAlias) -> Case[datetime | None]:
    """`again_at` of the given row, unless a message came meanwhile: then its own time stands."""
    return case((Conversation.wakes == given.c.wakes, given.c.again_at), else_=Conversation.next_turn_at)


MOMENT = DateTime(timezone=True)
IDS = bindparam("ids", type_=ARRAY(BigInteger))
_due = (
    select(Conversation.id)
    .where(
        Conversation.next_turn_at <= bindparam("moment", type_=MOMENT),
        or_(Conversation.lease_until.is_(None), Conversation.lease_until < bindparam("moment", type_=MOMENT)),
    )
    .order_by(Conversation.next_turn_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
TAKE = (
    update(Conversation)
    .where(Conversation.id.in_(_due.scalar_subquery()))
    .values(lease_until=bindparam("until", type_=MOMENT), fence=Conversation.fence + 1)
    .returning(Conversation)
    .execution_options(populate_existing=True)
)
PENDING = (
    select(InboundMessage)
    .where(InboundMessage.conversation_id == any_(IDS), InboundMessage.status == "pending")
    .order_by(
        InboundMessage.conversation_id,
        func.coalesce(InboundMessage.sent_at, InboundMessage.received_at),
        InboundMessage.id,
    )
)
# conversations with more than BURST messages in the last minute, and when the newest came
BURSTS = (
    select(InboundMessage.conversation_id, func.max(InboundMessage.received_at))
    .where(InboundMessage.conversation_id == any_(IDS), InboundMessage.received_at > bindparam("since", type_=MOMENT))
    .group_by(InboundMessage.conversation_id)
    .having(func.count() > BURST)
)
# who has been in danger in the last hours
ALARMED = select(Alarm.contact_id).where(
    Alarm.contact_id == any_(IDS), Alarm.closed_at.is_(None), Alarm.last_sign_at > bindparam("since", type_=MOMENT)
)
_returned = recordset(id=BigInteger, fence=BigInteger, wakes=BigInteger, again_at=MOMENT)
GIVE_BACK = (
    update(Conversation)
    .where(Conversation.id == _returned.c.id, Conversation.fence == _returned.c.fence)
    .values(lease_until=None, next_turn_at=unless_woken(_returned))
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True)
class Claim:
    """A conversation that is ours until its lease ends, and the messages that its next turn answers."""

    conversation: Conversation
    fence: int
    wakes: int
    messages: tuple[InboundMessage, ...]
    more: bool  # others wait after these
    alarm: bool = False  # the person has been in danger in the last hours
    told: bool = False  # the person has just heard that she waits for somebody

    @property
    def message(self) -> InboundMessage:
        """The one that the answer hangs on: the last of those answered together."""
        return self.messages[-1]


async def claim(session: AsyncSession, limit: int = BATCH) -> list[Claim]:
    """Take up to `limit` conversations whose turn is due. The caller commits before it asks anybody anything."""
    moment = now()
    taken = await session.scalars(TAKE, {"moment": moment, "until": moment + LEASE, "most": limit})
    conversations = sorted(taken.all(), key=lambda one: one.id)
    if not conversations:
        return []
    ids = [one.id for one in conversations]
    waiting = await _pending(session, ids)
    bursts = await session.execute(BURSTS, _since(ids, moment - BURST_WINDOW))
    busy = dict(bursts.all())
    people = [one.contact_id for one in conversations]
    alarmed = set(await session.scalars(ALARMED, _since(people, moment - OPEN_FOR)))
    told = await told_lately(session, conversations, moment)
    return [
        replace(
            _claim(one, waiting.get(one.id, []), busy.get(one.id), moment),
            alarm=one.contact_id in alarmed,
            told=one.id in told,
        )
        for one in conversations
    ]


async def _pending(session: AsyncSession, ids: Sequence[int]) -> dict[int, list[InboundMessage]]:
    """Messages that wait, per conversation, in the order in which the person sent them."""
    waiting: dict[int, list[InboundMessage]] = {}
    for row in await session.scalars(PENDING, {"ids": ids}):
        waiting.setdefault(row.conversation_id, []).append(row)
    return waiting


def _since(ids: Sequence[int], since: datetime) -> Mapping[str, Any]:
    return {"ids": ids, "since": since}


def _claim(
    conversation: Conversation, waiting: list[InboundMessage], burst: datetime | None, moment: datetime
) -> Claim:
    settled = burst is None or burst <= moment - SETTLE
    answered = waiting if burst else waiting[:1]
    return Claim(
        conversation,
        conversation.fence,
        conversation.wakes,
        tuple(answered) if settled else (),
        more=len(waiting) > len(answered) or not settled,
    )


async def release(session: AsyncSession, given_back: Sequence[tuple[Claim, datetime | None]]) -> None:
    """Give conversations back unanswered; the moment says when to try again, None: nothing waits."""
    if not given_back:
        return
    rows = [
        {
            "id": one.conversation.id,
            "fence": one.fence,
            "wakes": one.wakes,
            "again_at": again_at.isoformat() if again_at else None,
        }
        for one, again_at in given_back
    ]
    await lock(session, Conversation, (one.conversation.id for one, _ in given_back))
    await session.execute(GIVE_BACK, {"given": rows})
