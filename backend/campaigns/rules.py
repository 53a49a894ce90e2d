"""Brake, budget and quiet hours: one row, read by the scheduler and by every batch of deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import SendingRules
from backend.campaigns.schedule import QuietHours
from backend.conversations.models import OutboundMessage

BULK = ("notice", "campaign")  # what brake, budget, quiet hours and opt-out bind; the rest always goes


@dataclass(frozen=True)
class Rules:
    """The row as it stands. A limit of None is no limit."""

    stopped_at: datetime | None
    stopped_by: str | None
    quiet: QuietHours
    segments_per_day: int | None
    segments_per_month: int | None
    segment_price: Decimal | None
    currency: str

    @property
    def stopped(self) -> bool:
        return self.stopped_at is not None


async def read_rules(session: AsyncSession) -> Rules:
    row = (await session.execute(select(SendingRules).execution_options(populate_existing=True))).scalar_one()
    return Rules(
        stopped_at=row.stopped_at,
        stopped_by=row.stopped_by,
        quiet=QuietHours(row.opens, row.closes),
        segments_per_day=row.segments_per_day,
        segments_per_month=row.segments_per_month,
        segment_price=row.segment_price,
        currency=row.currency,
    )


async def stop_sending(session: AsyncSession, by: str, at: datetime) -> bool:
    """Hold notices and campaigns; replies and alarms go on. False where they were held already."""
    held = update(SendingRules).where(SendingRules.stopped_at.is_(None)).values(stopped_at=at, stopped_by=by)
    return (await session.execute(held.returning(SendingRules.id))).first() is not None


async def resume_sending(session: AsyncSession, at: datetime) -> bool:
    """Let them go again, at once what is not too late by now. False where nothing was held."""
    freed = update(SendingRules).where(SendingRules.stopped_at.is_not(None)).values(stopped_at=None, stopped_by=None)
    if (await session.execute(freed.returning(SendingRules.id))).first() is None:
        return False
    await wake_postponed(session, at)
    return True


async def set_limits(
    session: AsyncSession,
    segments_per_day: int | None,
    segments_per_month: int | None,
    segment_price: Decimal | None,
    at: datetime,
) -> None:
    """A new budget; what waited for the old one is looked at again."""
    await session.execute(
        update(SendingRules).values(
            segments_per_day=segments_per_day, segments_per_month=segments_per_month, segment_price=segment_price
        )
    )
    await wake_postponed(session, at)


async def wake_postponed(session: AsyncSession, at: datetime) -> None:
    await session.execute(
        update(OutboundMessage)
        .where(
            OutboundMessage.status == "queued",
            OutboundMessage.outbound_class.in_(BULK),
            OutboundMessage.next_attempt_at > at,
        )
        .values(next_attempt_at=at)
        .execution_options(synchronize_session=False)
    )
