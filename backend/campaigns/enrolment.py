"""Who is in which campaign: coming in, pausing, going on, ending. Nobody ever gets what lies before they came in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Campaign, Enrolment
from backend.campaigns.programme import Programme, to_json
from backend.flows.leaving import end_questions

INSTANT = timedelta(microseconds=1)  # so that a message at the very moment of an event is still to come
LOSS, SILENCE, DEAD_NUMBER = "perdida", "silencio", "numero_muerto"


class UnknownCampaign(Exception):
    """There is no campaign of that name."""


async def seed_programmes(session: AsyncSession, programmes: Iterable[Programme], at: datetime) -> int:
    """Bring programmes into the table; answers how many changed. A change moves everybody's next message."""
    changed = 0
    for programme in programmes:
        row = insert(Campaign).values(
            key=programme.key, definition=to_json(programme), digest=programme.digest, updated_at=at
        )
        kept = {"definition": row.excluded.definition, "digest": row.excluded.digest, "updated_at": at}
        upsert = row.on_conflict_do_update(
            index_elements=["key"], set_=kept, where=Campaign.digest != row.excluded.digest
        )
        if (await session.execute(upsert.returning(Campaign.key))).first() is None:
            continue
        changed += 1
        await session.execute(
            update(Enrolment)
            .where(Enrolment.campaign == programme.key, Enrolment.status == "active")
            .values(next_at=at, told_until=Enrolment.reached)
        )
    return changed


async def enrol(
    session: AsyncSession,
    contact_id: int,
    conversation_id: int,
    campaign: str,
    at: datetime,
    arm: str | None = None,
    occasion: str = "",
    anchor_at: datetime | None = None,
) -> bool:
    """Take somebody in from now on, or back in; False where they were in already. Raises UnknownCampaign.

    `anchor_at` is the moment of the event that the campaign is relative to, `occasion` which one it is.
    """
    if await session.get(Campaign, campaign) is None:
        raise UnknownCampaign(campaign)
    opened = {
        "conversation_id": conversation_id, "status": "active", "reason": None, "status_at": at,
        "cursor_at": at - INSTANT, "next_at": at, "anchor_at": anchor_at,
    }  # fmt: skip
    row = insert(Enrolment).values(
        contact_id=contact_id, campaign=campaign, occasion=occasion, arm=arm, enrolled_at=at, **opened
    )
    moved = Enrolment.anchor_at.is_distinct_from(row.excluded.anchor_at)
    upsert = row.on_conflict_do_update(
        constraint="uq_enrolments_contact_campaign_occasion",
        set_={**opened, "epoch": Enrolment.epoch + 1},
        where=or_(Enrolment.status != "active", moved),
    )
    return (await session.execute(upsert.returning(Enrolment.id))).first() is not None


async def enrol_new(session: AsyncSession, campaign: str, people: Sequence[tuple[int, int]], at: datetime) -> int:
    """Take in many, as (contact, conversation), who were never in this campaign; answers how many.

    Who was in it once, and left, lost or finished, stays as they are.
    """
    rows = [
        {"contact_id": contact, "conversation_id": conversation, "campaign": campaign, "enrolled_at": at,
         "status_at": at, "cursor_at": at - INSTANT, "next_at": at}
        for contact, conversation in people
    ]  # fmt: skip
    if not rows:
        return 0
    made = await session.scalars(insert(Enrolment).on_conflict_do_nothing().returning(Enrolment.id), rows)
    return len(made.all())


async def happened(
    session: AsyncSession, contact_id: int, conversation_id: int, event: str, occasion: str, at: datetime, now: datetime
) -> int:
    """Something happens at `at` to a person: every campaign `on` that event begins; answers how many.

    Said again with another `at` (an appointment that moved), what is pending moves with it.
    """
    keys = await session.scalars(select(Campaign.key).where(Campaign.active, Campaign.definition["on"].astext == event))
    begun = [await enrol(session, contact_id, conversation_id, key, now, None, occasion, at) for key in keys.all()]
    return sum(begun)


async def called_off(session: AsyncSession, contact_id: int, occasion: str, at: datetime) -> None:
    """The event does not take place: nothing more is said about it."""
    await session.execute(
        update(Enrolment)
        .where(Enrolment.contact_id == contact_id, Enrolment.occasion == occasion, Enrolment.status != "ended")
        .values(status="ended", reason="cancelada", status_at=at, next_at=None, epoch=Enrolment.epoch + 1)
    )


async def pause(session: AsyncSession, contact_id: int, reason: str, at: datetime) -> int:
    """Hold everything of a person at once, also what is queued; answers in how many campaigns."""
    await _void_queued(session, contact_id)
    await end_questions(session, contact_id, at)
    held = await session.execute(
        update(Enrolment)
        .where(Enrolment.contact_id == contact_id, Enrolment.status == "active")
        .values(status="paused", reason=reason, status_at=at, next_at=None)
        .returning(Enrolment.id)
    )
    return len(held.all())


async def resume(
    session: AsyncSession, contact_id: int, reasons: Sequence[str], at: datetime, since: datetime | None = None
) -> int:
    """Go on from now, without what came by meanwhile; answers in how many campaigns. `since`: only what was held then
    or later."""
    later = [Enrolment.status_at >= since] if since else []
    again = await session.execute(
        update(Enrolment)
        .where(
            Enrolment.contact_id == contact_id,
            Enrolment.status == "paused",
            Enrolment.reason.in_(reasons),
            *later,
        )
        .values(status="active", reason=None, status_at=at, cursor_at=at, next_at=at)
        .returning(Enrolment.id)
    )
    return len(again.all())


async def leave(session: AsyncSession, contact_id: int, reason: str, at: datetime, campaign: str | None = None) -> int:
    """End one campaign of a person, or all; answers how many."""
    which = [Enrolment.campaign == campaign] if campaign else []
    await _void_queued(session, contact_id, *which)
    await end_questions(session, contact_id, at, campaign)
    ended = await session.execute(
        update(Enrolment)
        .where(Enrolment.contact_id == contact_id, Enrolment.status != "ended", *which)
        .values(status="ended", reason=reason, status_at=at, next_at=None)
        .returning(Enrolment.id)
    )
    return len(ended.all())


async def _void_queued(session: AsyncSession, contact_id: int, *which: ColumnElement[bool]) -> None:
    """What is in the outbox already does not go any more, not even the last message of a campaign that is complete."""
    await session.execute(
        update(Enrolment).where(Enrolment.contact_id == contact_id, *which).values(epoch=Enrolment.epoch + 1)
    )
