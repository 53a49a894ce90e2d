"""Whose turn is worked on by whom: a lease with a fencing number, taken with SKIP LOCKED and committed at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Case, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.conversations.models import Conversation, InboundMessage

LEASE = timedelta(seconds=30)
BATCH = 64
BURST = 10  # messages a minute that are still answered one by one
SETTLE = timedelta(seconds=4)  # of silence before a burst is answered together
BURST_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Claim:
    """A conversation that is ours until its lease ends, and the messages that its next turn answers."""

    conversation: Conversation
    fence: int
    wakes: int
    messages: tuple[InboundMessage, ...]
    more: bool  # others wait after these

    @property
    def message(self) -> InboundMessage:
        """The one that the answer hangs on: the last of those answered together."""
        return self.messages[-1]


async def claim(session: AsyncSession, limit: int = BATCH) -> list[Claim]:
    """Take up to `limit` conversations whose turn is due. The caller commits before it asks anybody anything."""
    moment = now()
    due = (
        select(Conversation.id)
        .where(
            Conversation.next_turn_at <= moment,
            or_(Conversation.lease_until.is_(None), Conversation.lease_until < moment),
        )
        .order_by(Conversation.next_turn_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await session.scalars(
        update(Conversation)
        .where(Conversation.id.in_(due.scalar_subquery()))
        .values(lease_until=moment + LEASE, fence=Conversation.fence + 1)
        .returning(Conversation)
        .execution_options(populate_existing=True)
    )
    conversations = sorted(taken.all(), key=lambda one: one.id)
    waiting = await _pending(session, [one.id for one in conversations])
    busy = await _bursts(session, [one.id for one in conversations], moment)
    return [_claim(one, waiting.get(one.id, []), busy.get(one.id), moment) for one in conversations]


async def _pending(session: AsyncSession, ids: Sequence[int]) -> dict[int, list[InboundMessage]]:
    """Messages that wait, per conversation, in the order in which the person sent them."""
    rows = await session.scalars(
        select(InboundMessage)
        .where(InboundMessage.conversation_id.in_(ids), InboundMessage.status == "pending")
        .order_by(
            InboundMessage.conversation_id,
            func.coalesce(InboundMessage.sent_at, InboundMessage.received_at),
            InboundMessage.id,
        )
    )
    waiting: dict[int, list[InboundMessage]] = {}
    for row in rows:
        waiting.setdefault(row.conversation_id, []).append(row)
    return waiting


async def _bursts(session: AsyncSession, ids: Sequence[int], moment: datetime) -> dict[int, datetime]:
    """Conversations with more than BURST messages in the last minute, and when the newest came."""
    rows = await session.execute(
        select(InboundMessage.conversation_id, func.max(InboundMessage.received_at))
        .where(InboundMessage.conversation_id.in_(ids), InboundMessage.received_at > moment - BURST_WINDOW)
        .group_by(InboundMessage.conversation_id)
        .having(func.count() > BURST)
    )
    return {conversation: newest for conversation, newest in rows}  # noqa: C416  # dict() takes no rows


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


async def release(session: AsyncSession, claimed: Claim, again_at: datetime | None) -> None:
    """Give a conversation back unanswered; `again_at` says when to try again, None: nothing waits."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == claimed.conversation.id, Conversation.fence == claimed.fence)
        .values(lease_until=None, next_turn_at=unless_woken(claimed, again_at))
        .execution_options(synchronize_session=False)
    )


def unless_woken(claimed: Claim, again_at: datetime | None) -> Case[datetime | None]:
    """`again_at`, unless a message came meanwhile: then its own time stands."""
    return case((Conversation.wakes == claimed.wakes, again_at), else_=Conversation.next_turn_at)
