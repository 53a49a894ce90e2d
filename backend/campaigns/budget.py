"""What is spent in segments, by day and month of the institution's calendar, and what is left of the budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Spending
from backend.campaigns.rules import Rules

WARNING = 0.8
_LOCK = text("SELECT pg_advisory_xact_lock(723002)")  # who spends the last segments: one at a time


@dataclass(frozen=True)
class Spent:
    """Segments handed over on one day, and in its month up to now."""

    day: int = 0
    month: int = 0


@dataclass(frozen=True)
class Used:
    """How much of one limit is used. `limit` None: there is none."""

    span: Literal["día", "mes"]
    spent: int
    limit: int | None

    @property
    def share(self) -> float:
        return self.spent / self.limit if self.limit else 0.0

    @property
    def warns(self) -> bool:
        return self.share >= WARNING

    @property
    def exhausted(self) -> bool:
        return self.limit is not None and self.spent >= self.limit


def used(rules: Rules, spent: Spent) -> tuple[Used, Used]:
    return Used("día", spent.day, rules.segments_per_day), Used("mes", spent.month, rules.segments_per_month)


def cost(rules: Rules, segments: int) -> Decimal | None:
    """Money for so many segments, in `rules.currency`; None where no price is set."""
    return None if rules.segment_price is None else rules.segment_price * segments


async def spent_until(session: AsyncSession, day: date) -> Spent:
    """What `day` and its month have cost so far, all classes together."""
    first = day.replace(day=1)
    today = func.coalesce(func.sum(Spending.segments).filter(Spending.day == day), 0)
    month = func.coalesce(func.sum(Spending.segments), 0)
    row = (await session.execute(select(today, month).where(Spending.day.between(first, day)))).one()
    return Spent(int(row[0]), int(row[1]))


async def wait_for_budget(session: AsyncSession) -> None:
    """Until this transaction ends nobody else spends on notices and campaigns: a limit is never passed."""
    await session.execute(_LOCK)


async def spend(session: AsyncSession, day: date, segments: Mapping[str, int], messages: Mapping[str, int]) -> None:
    """Add what goes out, by class of message."""
    rows = [
        {"day": day, "outbound_class": name, "segments": segments.get(name, 0), "messages": messages[name]}
        for name in sorted(messages)
    ]
    if not rows:
        return
    row = insert(Spending)
    added = {
        "segments": Spending.segments + row.excluded.segments,
        "messages": Spending.messages + row.excluded.messages,
    }
    await session.execute(row.on_conflict_do_update(index_elements=["day", "outbound_class"], set_=added), rows)


def tally(parts: Sequence[tuple[str, int]]) -> tuple[Counter[str], Counter[str]]:
    """(class, segments) pairs as segments and messages by class."""
    segments, messages = Counter[str](), Counter[str]()
    for name, count in parts:
        segments[name] += count
        messages[name] += 1
    return segments, messages
