"""Whoever has something due, locked for this transaction, with what decides about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Enrolment
from backend.campaigns.programme import BIRTH, DUE_DATE, TERM, Programme
from backend.campaigns.schedule import Anchor
from backend.campaigns.steps import Person
from backend.contacts.models import Contact, ContactDate
from backend.conversations.models import Conversation

_ROWS = (
    select(Enrolment, Contact, Conversation.channel)
    .join(Contact, Contact.id == Enrolment.contact_id)
    .join(Conversation, Conversation.id == Enrolment.conversation_id)
    .where(Enrolment.status == "active")
)


async def claim(
    session: AsyncSession, known: Mapping[str, Programme], zone: ZoneInfo, moment: datetime, limit: int
) -> list[Person]:
    """Up to `limit` people of the known campaigns; `zone` is that of people whose own is not known."""
    due = (
        _ROWS.where(Enrolment.next_at <= moment, Enrolment.campaign.in_(known))
        .order_by(Enrolment.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Enrolment)
        .execution_options(populate_existing=True)
    )
    return await _people(session, due, known, zone)


async def people_of(
    session: AsyncSession, known: Mapping[str, Programme], zone: ZoneInfo, after: int, limit: int
) -> list[Person]:
    """The next people in these campaigns by the id of their enrolment, to look at without touching anything."""
    page = _ROWS.where(Enrolment.id > after, Enrolment.campaign.in_(known)).order_by(Enrolment.id).limit(limit)
    return await _people(session, page, known, zone)


async def _people(
    session: AsyncSession,
    rows: Select[Enrolment, Contact, str],
    known: Mapping[str, Programme],
    zone: ZoneInfo,
) -> list[Person]:
    found = (await session.execute(rows)).all()
    days = await _days(session, [enrolment.contact_id for enrolment, *_ in found])
    return [
        _person(
            enrolment,
            contact,
            channel,
            known[enrolment.campaign],
            days.get(enrolment.contact_id, {}),
            zone,
        )
        for enrolment, contact, channel in found
    ]


async def _days(session: AsyncSession, contacts: Sequence[int]) -> dict[int, dict[str, date]]:
    days: dict[int, dict[str, date]] = {}
    for row in await session.execute(
        select(ContactDate.contact_id, ContactDate.field, ContactDate.day).where(ContactDate.contact_id.in_(contacts))
    ):
        days.setdefault(row.contact_id, {})[row.field] = row.day
    return days


def _person(
    enrolment: Enrolment,
    contact: Contact,
    channel: str,
    programme: Programme,
    days: Mapping[str, date],
    zone: ZoneInfo,
) -> Person:
    return Person(
        enrolment_id=enrolment.id,
        contact_id=contact.id,
        conversation_id=enrolment.conversation_id,
        channel=channel,
        programme=programme,
        anchor=_anchor(enrolment, programme, days),
        zone=ZoneInfo(contact.timezone) if contact.timezone else zone,
        cursor=enrolment.cursor_at,
        occasion=enrolment.occasion,
        arm=enrolment.arm,
        epoch=enrolment.epoch,
        early=_early(days) if programme.relative_to == BIRTH else 0,
        reached=enrolment.reached,
        told_until=enrolment.told_until,
        opted_out=contact.opted_out_at is not None,
        consented=contact.consented_at is not None,
    )


def _anchor(enrolment: Enrolment, programme: Programme, days: Mapping[str, date]) -> Anchor | None:
    if programme.relative_to:
        return days.get(programme.relative_to)
    return enrolment.anchor_at or programme.starts


def _early(days: Mapping[str, date]) -> int:
    """Days by which a baby came before term; 0 from week 37 on."""
    if DUE_DATE not in days or BIRTH not in days:
        return 0
    early = (days[DUE_DATE] - days[BIRTH]).days
    return early if early > TERM else 0
