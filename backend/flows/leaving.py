"""After somebody has left: why, asked once, never before; whoever was in no programme is not asked at all."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Enrolment
from backend.conversations.models import Conversation
from backend.flows.models import FlowRun

REASON_FLOW = "motivo_baja"
AFTER = timedelta(seconds=5)  # what she was in the middle of has ended by then
ASKED_WITHIN = timedelta(minutes=30)


async def ask_why(session: AsyncSession, conversation: Conversation, at: datetime) -> None:
    """End what asks her something now, and ask why she goes; what is held, as after a loss, is not asked about."""
    contact = conversation.contact_id
    await session.execute(
        update(FlowRun).where(FlowRun.contact_id == contact, FlowRun.status != "ended").values(wakes_at=at)
    )
    of_hers = select(func.min(Enrolment.campaign)).where(Enrolment.contact_id == contact, Enrolment.status == "active")
    campaign = await session.scalar(of_hers)
    if campaign is not None:
        session.add(
            FlowRun(
                flow=f"{campaign.partition('.')[0]}/{REASON_FLOW}",
                contact_id=contact,
                conversation_id=conversation.id,
                created_at=at + AFTER,
                wakes_at=at + AFTER,
                begin_by=at + ASKED_WITHIN,
            )
        )
