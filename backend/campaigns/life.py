"""What happens in people's lives, for flows, conversations and the desk: enrol, birth, loss, leaving, silence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.enrolment import DEAD_NUMBER, LOSS, SILENCE, enrol, leave, pause, resume
from backend.campaigns.models import Campaign, Enrolment
from backend.campaigns.programme import BIRTH
from backend.campaigns.scheduler import Flows, FlowStart
from backend.contacts.fields import set_values
from backend.contacts.models import Address, Contact
from backend.contacts.service import opt_out
from backend.conversations.models import Conversation
from backend.crypto import Vault

UNDO = timedelta(days=7)  # in which a loss that was none is undone
SILENT_AFTER = timedelta(days=182)
ASK_AGAIN = "reactivacion"  # the pack's flow that asks whether to go on
ANOTHER_PERSON = "otra_persona"
BATCH = 500


async def joined(
    session: AsyncSession, contact_id: int, conversation_id: int, pack: str, campaign: str, at: datetime
) -> bool:
    """Into a campaign, by its whole key or its name within the pack. Raises UnknownCampaign."""
    key = campaign if "." in campaign else f"{pack}.{campaign}"
    return await enrol(session, contact_id, conversation_id, key, at)


async def born(session: AsyncSession, vault: Vault, contact_id: int, day: date, at: datetime) -> None:
    """The baby is here: what was said of pregnancy ends, what is said of babies begins."""
    await set_values(session, vault, {contact_id: {BIRTH: day}}, at)


async def lost(session: AsyncSession, contact_id: int, at: datetime) -> int:
    """A loss, or what may be one: everything is held at once, also what is queued."""
    return await pause(session, contact_id, LOSS, at)


async def not_lost(session: AsyncSession, contact_id: int, at: datetime) -> int:
    """It was none: everything goes on."""
    return await resume(session, contact_id, [LOSS], at)


async def went(session: AsyncSession, contact_id: int, reason: str, at: datetime) -> None:
    """She leaves, by a flow. Her campaigns wait, so that coming back is one word, unless it was never her telephone."""
    await opt_out(session, contact_id, "palabra", at)
    if reason == ANOTHER_PERSON:
        await leave(session, contact_id, reason, at)


async def confirmed(session: AsyncSession, contact_id: int, at: datetime) -> int:
    """She is there and wants to go on."""
    return await resume(session, contact_id, [SILENCE, DEAD_NUMBER], at)


async def end_losses(session: AsyncSession, at: datetime) -> int:
    """What was held for a loss a week ago does not come back; answers how many campaigns ended."""
    ended = await session.execute(
        update(Enrolment)
        .where(Enrolment.status == "paused", Enrolment.reason == LOSS, Enrolment.status_at < at - UNDO)
        .values(status="ended", status_at=at)
        .returning(Enrolment.id)
    )
    return len(ended.all())


async def hold_silent(session: AsyncSession, flows: Flows, at: datetime) -> int:
    """Who has not written for six months gets nothing about health until she says that it is still her telephone.

    She is asked once. A number that the provider calls dead is held without a question: nobody would read it.
    Answers how many people are held by this call, 500 at most.
    """
    dead = await _held(session, Address.bad_since.is_not(None), DEAD_NUMBER, at)
    heard = func.greatest(Conversation.last_inbound_at, Enrolment.status_at, Enrolment.enrolled_at)
    silent = await _held(session, heard < at - SILENT_AFTER, SILENCE, at)
    if silent:
        await flows.start(session, silent)
    return len(dead) + len(silent)


async def _held(session: AsyncSession, which: ColumnElement[bool], reason: str, at: datetime) -> Sequence[FlowStart]:
    health = Campaign.definition["health"].as_boolean()
    rows = await session.execute(
        select(Enrolment.contact_id, Enrolment.conversation_id, func.min(Enrolment.campaign))
        .join(Campaign, Campaign.key == Enrolment.campaign)
        .join(Conversation, Conversation.id == Enrolment.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .join(Contact, Contact.id == Enrolment.contact_id)
        .where(Enrolment.status == "active", Contact.opted_out_at.is_(None), health, which)
        .group_by(Enrolment.contact_id, Enrolment.conversation_id)
        .limit(BATCH)
    )
    starts = []
    for contact, conversation, campaign in rows.all():
        await pause(session, contact, reason, at)
        flow = f"{campaign.partition('.')[0]}/{ASK_AGAIN}"
        starts.append(FlowStart(flow, contact, conversation, f"{contact}:{ASK_AGAIN}:{at.date()}"))
    return starts
