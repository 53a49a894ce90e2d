"""What every page says above its own content: what waits for somebody, and whether sending is stopped."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.rules import read_rules
from backend.conversations import service
from backend.conversations.service import Departments
from backend.flows.notes import unseen
from backend.operators.access import Person


@dataclass(frozen=True)
class Head:
    """How much waits for people of these departments."""

    waiting: int = 0
    alarms: int = 0
    notes: int = 0


NOTHING_WAITS = Head()


async def counts(session: AsyncSession, departments: Departments) -> Head:
    found = await service.counts(session, departments)
    return Head(found.waiting, found.alarms, await unseen(session, departments))


async def counts_for(session: AsyncSession, person: Person) -> Head:
    """The same on pages that who sees no conversation may open too."""
    return await counts(session, person.departments) if person.can("ver_conversaciones") else NOTHING_WAITS


async def look_at_brake(request: Request) -> None:
    """Read once for each page that somebody signed in may see; `stopped` answers what it said."""
    async with request.app.state.sessions() as session:
        request.state.stopped = (await read_rules(session)).stopped


def stopped(request: Request) -> bool:
    """Whether notices and campaigns are held; False on pages that look at nothing, such as those of errors."""
    return bool(getattr(request.state, "stopped", False))
