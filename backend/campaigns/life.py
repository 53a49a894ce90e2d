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
from backend.contacts.household import Member, people_on_phone
from backend.contacts.models import Address, Contact
from backend.contacts.service import on_phone_of, opt_out
from backend.conversations.models import Conversation
from backend.crypto import Vault
from backend.flows.leaving import end_flow

UNDO = timedelta(days=7)  # in which a loss that was none is undone
SILENT_AFTER = timedelta(days=182)
ASK_AGAIN = "reactivacion"  # the pack's flow that asks whether to go on
ANOTHER_PERSON = "otra_persona"
BATCH = 500
NO_LOSS = "sin_perdida"
LOSS_FLOW = "perdida"
_HELD = (Enrolment.status == "paused", Enrolment.reason == LOSS)


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


async def someone_lost(session: AsyncSession, contact_id: int, at: datetime) -> None:
    """A loss told by a telephone: whoever uses it is held until it is known whose it is."""
    for one in await _on_phone(session, contact_id):
        await lost(session, one, at)


async def not_lost(session: AsyncSession, contact_id: int, at: datetime) -> int:
    """Staff found that it was none: everything goes on, and what came of it ends; answers in how many campaigns."""
    held = select(func.min(Enrolment.status_at)).where(Enrolment.contact_id == contact_id, *_HELD)
    since = await session.scalar(held)
    if since is None:
        return 0
    comforting = select(Enrolment.campaign).where(
        Enrolment.contact_id == contact_id, Enrolment.status == "active", Enrolment.enrolled_at >= since
    )
    for campaign in (await session.scalars(comforting)).all():
        await leave(session, contact_id, NO_LOSS, at, campaign)
    await end_flow(session, contact_id, LOSS_FLOW, at)
    return await resume(session, contact_id, [LOSS], at)


async def undoable(session: AsyncSession, vault: Vault, conversation_id: int, at: datetime) -> list[Member]:
    """Who of a conversation's telephone is held for a loss that can still be undone."""
    owner = select(Conversation.contact_id).where(Conversation.id == conversation_id).scalar_subquery()
    held = select(Enrolment.contact_id).where(
        Enrolment.contact_id.in_(on_phone_of(owner)), *_HELD, Enrolment.status_at > at - UNDO
    )
    ids = set((await session.scalars(held)).all())
    if not ids:
        return []
    return [one for one in await people_on_phone(session, vault, min(ids)) if one.contact_id in ids]


async def others_go_on(
    session: AsyncSession, contact_id: int, since: datetime, at: datetime, but: int | None = None
) -> None:
    """Whoever was held `since` then for a loss told by this telephone, and did not have it, goes on."""
    for one in await _on_phone(session, contact_id):
        if one != but:
            await resume(session, one, [LOSS], at, since)


async def went(session: AsyncSession, contact_id: int, reason: str, at: datetime) -> None:
    """She leaves, by a flow. Her campaigns wait, so that coming back is one word, unless it was never her telephone."""
    await opt_out(session, contact_id, "palabra", at)
    if reason == ANOTHER_PERSON:
        for one in await _on_phone(session, contact_id):
            await leave(session, one, reason, at)


async def confirmed(session: AsyncSession, contact_id: int, at: datetime) -> int:
    """The telephone is still theirs and they want to go on; answers in how many campaigns."""
    return sum([await resume(session, one, [SILENCE, DEAD_NUMBER], at) for one in await _on_phone(session, contact_id)])


async def _on_phone(session: AsyncSession, contact_id: int) -> Sequence[int]:
    return (await session.scalars(on_phone_of(contact_id))).all()


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
        starts.append(FlowStart(flow, contact, conversation, f"{conversation}:{ASK_AGAIN}:{at.date()}"))
    return starts
