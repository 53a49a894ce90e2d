"""When somebody leaves a campaign: what it asks or was about to ask ends; and why, asked once, never before."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Enrolment
from backend.contacts.service import on_phone_of
from backend.conversations.models import Conversation
from backend.flows.models import FlowRun

REASON_FLOW = "motivo_baja"
MOVED_ON = "moved_on"  # outcome of a run whose campaign is over for the person
AFTER = timedelta(seconds=5)  # what she was in the middle of has ended by then
ASKED_WITHIN = timedelta(minutes=30)


async def ask_why(session: AsyncSession, conversation: Conversation, at: datetime) -> None:
    """End what asks her something now, and ask why she goes; what is held, as after a loss, is not asked about."""
    contact = conversation.contact_id
    theirs = on_phone_of(contact)
    await session.execute(
        update(FlowRun).where(FlowRun.contact_id.in_(theirs), FlowRun.status != "ended").values(wakes_at=at)
    )
    in_campaign = select(func.min(Enrolment.campaign)).where(
        Enrolment.contact_id.in_(theirs), Enrolment.status == "active"
    )
    campaign = await session.scalar(in_campaign)
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


async def end_questions(session: AsyncSession, contact_id: int, at: datetime, campaign: str | None = None) -> None:
    """End at once what a campaign, or all of them, asked this person or was about to ask: she is past it.

    The run by which she says so goes on: it is in hand, and has no `wakes_at` as long as that lasts.
    """
    begun_by = FlowRun.key.is_not(None) if campaign is None else FlowRun.key.startswith(f"{contact_id}:{campaign}:")
    await _end(session, at, FlowRun.contact_id == contact_id, begun_by)


async def end_flow(session: AsyncSession, contact_id: int, flow: str, at: datetime) -> None:
    """End the exchange of this name that somebody is in, whichever pack's it is."""
    await _end(session, at, FlowRun.contact_id == contact_id, FlowRun.flow.endswith(f"/{flow}"))


async def _end(session: AsyncSession, at: datetime, *which: ColumnElement[bool]) -> None:
    ended = await session.scalars(
        update(FlowRun)
        .where(*which, FlowRun.status != "ended", FlowRun.wakes_at.is_not(None))
        .values(status="ended", outcome=MOVED_ON, ended_at=at, wakes_at=None)
        .returning(FlowRun.id)
    )
    runs = ended.all()
    if runs:
        await session.execute(
            update(Conversation)
            .where(Conversation.floor == "flow", Conversation.expect["flow"].as_integer().in_(runs))
            .values(floor="bot", floor_reason=None, floor_since=at, expect=None, expect_until=None)
        )
