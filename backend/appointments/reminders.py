"""Reminders and the questions afterwards: what is due, queued once. Sending it is left to the outbox and its rules."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.appointments.models import Appointment
from backend.appointments.schedule import Step, deadline, next_step, step_for
from backend.appointments.service import KEY, OPEN
from backend.appointments.wording import params
from backend.contacts.household import names, sharing
from backend.contacts.models import Contact
from backend.conversations.models import Conversation
from backend.conversations.notices import Notice, expect, tell
from backend.office import FrontDesk

BATCH = 200
ANSWERABLE = timedelta(days=2)
KIND = {"attendance": "yes_no", "attended": "yes_no", "new_date": "date", "treatment": "number"}

Due = Row[Appointment, Conversation, Contact]


async def remind_due(session: AsyncSession, desk: FrontDesk, now: datetime) -> int:
    """One batch, in the caller's transaction; answers how many appointments were looked at."""
    due = await _claim(session, now)
    known = {appointment.contact_id for appointment, *_ in due if not appointment.of_telephone}
    called = names(await sharing(session, desk.vault, known))
    for appointment, conversation, contact in due:
        zone = ZoneInfo(contact.timezone or desk.timezone)
        step = step_for(appointment.day, zone, appointment.step, now) if appointment.step else None
        if step is not None and contact.opted_out_at is None and appointment.status in OPEN:
            name = "" if appointment.of_telephone else called.get(appointment.contact_id, "")
            await _send(session, desk, appointment, conversation, name, step, zone, now)
        coming = next_step(appointment.day, zone, now)
        appointment.step, appointment.next_at = (coming[0].name, coming[1]) if coming else (None, None)
    return len(due)


async def _claim(session: AsyncSession, now: datetime) -> list[Due]:
    rows = await session.execute(
        select(Appointment, Conversation, Contact)
        .join(Conversation, Conversation.id == Appointment.conversation_id)
        .join(Contact, Contact.id == Appointment.contact_id)
        .where(Appointment.next_at <= now)
        .order_by(Appointment.next_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True, of=Appointment)
        .execution_options(populate_existing=True)
    )
    return list(rows.all())


async def _send(
    session: AsyncSession,
    desk: FrontDesk,
    appointment: Appointment,
    conversation: Conversation,
    name: str,
    step: Step,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    key = KEY.format(id=appointment.id, revision=appointment.revision, step=step.name)
    until = deadline(step, appointment.day, zone)
    about = params(appointment, desk.vault, zone, now)
    await tell(session, desk, [Notice(conversation, key, step.say, appointment.service, about, until=until, to=name)])
    await ask(session, appointment, step.asks, now)


async def ask(session: AsyncSession, appointment: Appointment, question: str, now: datetime) -> None:
    """The next message of this conversation may answer this; one question of a conversation is open at a time."""
    others = select(Appointment).where(
        Appointment.conversation_id == appointment.conversation_id,
        Appointment.asking.is_not(None),
        Appointment.id != appointment.id,
    )
    for other in await session.scalars(others):
        other.asking = None
    appointment.asking, appointment.asked_at = question, now
    await expect(session, appointment.conversation_id, KIND[question], now + ANSWERABLE)
