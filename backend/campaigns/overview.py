"""The campaigns with who is in them, for whoever looks after sending."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Enrolment
from backend.campaigns.shelf import ProgrammeShelf


@dataclass(frozen=True)
class Overview:
    """A campaign and its people by the state they are in."""

    key: str
    title: str
    health: bool
    reviewed_by: str  # empty: no professional has signed it
    active: int = 0
    paused: int = 0
    ended: int = 0


async def overview(session: AsyncSession, shelf: ProgrammeShelf) -> list[Overview]:
    """The campaigns in use, by key."""
    people: dict[str, dict[str, int]] = {}
    found = select(Enrolment.campaign, Enrolment.status, func.count()).group_by(Enrolment.campaign, Enrolment.status)
    for campaign, status, number in await session.execute(found):
        people.setdefault(campaign, {})[status] = number
    known = await shelf.read(session, signed_only=False)
    return [
        Overview(one.key, one.title, one.health, one.reviewed_by, **people.get(key, {}))
        for key, one in sorted(known.items())
    ]
