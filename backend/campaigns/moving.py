"""What a change in a person's life does to their campaigns: everything pending moves in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Integer, String, TableValuedAlias, case, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Campaign, Enrolment
from backend.campaigns.programme import DUE_DATE, TERM
from backend.contacts.models import ContactDate
from backend.db import recordset
from backend.flows.leaving import end_questions

COMPLETED = "completa"  # everything was said
MOVED_ON = "sigue_otra"
# days: a date that moves back by less makes nobody read the same weeks again, and lets go what is queued already
TOLD_FOR = 56


async def dates_changed(session: AsyncSession, changed: Mapping[tuple[int, str], date | None], at: datetime) -> None:
    """Dates of people, by contact id and field, are others now; None: not known any more.

    Whoever has waited for the date in another campaign (`after`) is moved over.
    """
    if not changed:
        return
    rows = [
        {"contact_id": contact, "field": field, "day": day.isoformat() if day else None}
        for (contact, field), day in changed.items()
    ]
    given = recordset(rows, contact_id=BigInteger(), field=String(), day=Date())
    elapsed = literal(at.date(), Date).op("-", return_type=Integer)(given.c.day)
    near = (Enrolment.reached - elapsed).between(-1, TOLD_FOR)
    await session.execute(
        update(Enrolment)
        .where(
            Enrolment.contact_id == given.c.contact_id,
            Enrolment.campaign == Campaign.key,
            Campaign.definition["relative_to"].astext == given.c.field,
            or_(Enrolment.status != "ended", Enrolment.reason == COMPLETED),
        )
        .values(
            status=case((Enrolment.reason == COMPLETED, "active"), else_=Enrolment.status),
            reason=case((Enrolment.reason == COMPLETED, None), else_=Enrolment.reason),
            cursor_at=at,
            next_at=at,
            epoch=Enrolment.epoch + case((near, 0), else_=1),
            told_until=case((near, Enrolment.reached)),
        )
        .execution_options(synchronize_session=False)
    )
    await _move_over(session, given, at)


async def _move_over(session: AsyncSession, given: TableValuedAlias, at: datetime) -> None:
    """Open the campaign that comes `after` another for whoever was in that one, and end that one for them."""
    days_early = ContactDate.day.op("-", return_type=Integer)(given.c.day)
    moving = (
        select(Enrolment.contact_id, Enrolment.conversation_id, Campaign.key, Enrolment.arm, Enrolment.campaign)
        .join(Campaign, Campaign.definition["after"].astext == Enrolment.campaign)
        .join(
            given,
            (given.c.contact_id == Enrolment.contact_id)
            & (Campaign.definition["relative_to"].astext == given.c.field)
            & given.c.day.is_not(None),
        )
        .outerjoin(ContactDate, (ContactDate.contact_id == Enrolment.contact_id) & (ContactDate.field == DUE_DATE))
        .where(
            or_(Enrolment.status == "active", Enrolment.reason == COMPLETED),
            or_(Campaign.definition["early"].as_boolean().is_not(True), days_early > TERM),
        )
    )
    moves = (await session.execute(moving)).all()
    for contact, conversation, campaign, arm, before in moves:
        opened = {"conversation_id": conversation, "arm": arm, "enrolled_at": at, "cursor_at": at, "next_at": at}
        row = insert(Enrolment).values(contact_id=contact, campaign=campaign, **opened)
        await session.execute(row.on_conflict_do_nothing())
        await session.execute(
            update(Enrolment)
            .where(Enrolment.contact_id == contact, Enrolment.campaign == before)
            .values(status="ended", reason=MOVED_ON, status_at=at, next_at=None, epoch=Enrolment.epoch + 1)
        )
        await end_questions(session, contact, at, before)


async def zone_changed(session: AsyncSession, contacts: Sequence[int], at: datetime) -> None:
    """These people's clock is another: what was told stays told, what is pending goes by the new clock."""
    await session.execute(
        update(Enrolment)
        .where(Enrolment.contact_id.in_(contacts), Enrolment.status == "active", Enrolment.next_at.is_not(None))
        .values(next_at=at, told_until=Enrolment.reached)
    )
