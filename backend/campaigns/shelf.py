"""The campaigns of the table, kept in memory and read again when their digest changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Campaign
from backend.campaigns.programme import Programme, from_json


@dataclass
class ProgrammeShelf:
    """One per process; `read` costs a small query."""

    _kept: dict[str, tuple[str, Programme]] = field(default_factory=dict)

    async def read(self, session: AsyncSession, signed_only: bool) -> Mapping[str, Programme]:
        """The active campaigns by key; `signed_only` leaves out health campaigns that no professional has signed."""
        digests = dict((await session.execute(_ACTIVE)).all())
        new = [key for key, digest in digests.items() if self._kept.get(key, ("",))[0] != digest]
        if new:
            rows = await session.execute(select(Campaign.key, Campaign.definition).where(Campaign.key.in_(new)))
            self._kept |= {key: (digests[key], from_json(definition)) for key, definition in rows}
        found = {key: self._kept[key][1] for key in digests}
        return {key: one for key, one in found.items() if not (signed_only and one.unsigned)}


_ACTIVE = select(Campaign.key, Campaign.digest).where(Campaign.active)
