"""What became of the messages of campaigns, by day: nothing is left out without being counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import CampaignCount

QUEUED = "encolada"


async def count(session: AsyncSession, outcomes: Mapping[tuple[str, str], int], day: date) -> None:
    """Add to a day's counts by campaign and outcome, in order of key: two counters never wait in a ring."""
    rows = [
        {"day": day, "campaign": campaign, "outcome": outcome, "times": times}
        for (campaign, outcome), times in sorted(outcomes.items())
        if times
    ]
    if not rows:
        return
    row = insert(CampaignCount)
    added = {"times": CampaignCount.times + row.excluded.times}
    await session.execute(row.on_conflict_do_update(index_elements=["day", "campaign", "outcome"], set_=added), rows)
