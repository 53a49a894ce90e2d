"""What campaigns will cost, before, and what they have cost, after."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.claims import people_of
from backend.campaigns.rules import read_rules
from backend.campaigns.schedule import due
from backend.campaigns.shelf import ProgrammeShelf
from backend.campaigns.words import fill
from backend.conversations.models import OutboundMessage
from channels.text import segments, transliterate

BATCH = 1000
A_NAME = {"nombre": "Guadalupe"}  # as long as names are


@dataclass(frozen=True)
class Amount:
    """People, messages and segments of one campaign."""

    people: int = 0
    messages: int = 0
    segments: int = 0

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.people + other.people, self.messages + other.messages, self.segments + other.segments)


async def ahead(session: AsyncSession, zone: ZoneInfo, now: datetime, until: datetime) -> dict[str, Amount]:
    """By campaign, what the calendar has between two moments for those who are in it, by their own dates and zones."""
    known = await ProgrammeShelf().read(session, signed_only=False)
    quiet = (await read_rules(session)).quiet
    amounts: dict[str, Amount] = defaultdict(Amount)
    last = 0
    while people := await people_of(session, known, zone, last, BATCH):
        last = people[-1].enrolment_id
        for one in people:
            if one.anchor is None or one.opted_out:
                continue
            coming = due(one.programme.events_for(one.early), one.anchor, one.zone, quiet, now, until)
            texts = [words for falls in coming if (words := falls.event.words(one.arm))]
            paid = sum(segments(transliterate(fill(text, A_NAME))).count for text in texts)
            sms = paid if one.channel == "twilio_sms" else 0
            amounts[one.programme.key] += Amount(1, len(coming), sms)
    return dict(amounts)


async def so_far(session: AsyncSession, since: datetime) -> dict[str, Amount]:
    """By campaign, what was handed to providers since a moment."""
    campaign = OutboundMessage.ref["campaign"].astext
    rows = await session.execute(
        select(
            campaign,
            func.count(OutboundMessage.conversation_id.distinct()),
            func.count(),
            func.coalesce(func.sum(OutboundMessage.segments), 0),
        )
        .where(campaign.is_not(None), OutboundMessage.created_at >= since, OutboundMessage.attempts > 0)
        .group_by(campaign)
    )
    return {key: Amount(int(people), int(messages), int(paid)) for key, people, messages, paid in rows}
