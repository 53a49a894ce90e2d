"""Agreeing to campaigns and taking it back: the state on the person, every change in rows that are only added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, DateTime, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Consent, Contact
from backend.db import recordset


@dataclass(frozen=True)
class Agreement:
    """What a person agreed to: when, by which channel (or on paper), which version, and the words that were read."""

    contact_id: int
    at: datetime
    channel: str
    version: str | None = None
    text: str | None = None


async def agree(session: AsyncSession, agreements: Iterable[Agreement]) -> None:
    """Record that people agreed. It does not bring back who has left: only their own word does."""
    given = list(agreements)
    if not given:
        return
    await session.execute(insert(Consent), [{**vars(one), "given": True} for one in given])
    rows = recordset(
        [{"id": one.contact_id, "at": one.at.isoformat()} for one in given],
        id=BigInteger(),
        at=DateTime(timezone=True),
    )
    await session.execute(
        update(Contact)
        .where(Contact.id == rows.c.id)
        .values(consented_at=rows.c.at)
        .execution_options(synchronize_session=False)
    )


async def withdraw(session: AsyncSession, contact_id: int, channel: str, at: datetime, text: str | None = None) -> None:
    """Record that a person took it back; campaigns stop, what they ask is still answered."""
    await session.execute(insert(Consent).values(contact_id=contact_id, given=False, at=at, channel=channel, text=text))
    await session.execute(update(Contact).where(Contact.id == contact_id).values(consented_at=None))
