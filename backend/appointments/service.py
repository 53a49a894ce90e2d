"""Record, move, confirm and cancel appointments. Every change of date moves what is still to be said about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.appointments.models import Appointment
from backend.appointments.schedule import GAP, STEPS, next_step
from backend.appointments.wording import read_time
from backend.clock import now
from backend.contacts.models import Contact
from backend.conversations.models import Conversation, OutboundMessage
from backend.crypto import Vault
from backend.office import FrontDesk
from backend.requests.models import ServiceRequest
from bot.packs.model import Form

OPEN = ("planned", "confirmed")
PLACES = ("clinica", "lugar", "oficina", "sede")
HOURS = ("hora", "horario")
KEY = "cita:{id}:{revision}:{step}"


@dataclass(frozen=True)
class Told:
    """What a form says of an appointment; `date_field` is where it says the day."""

    day: date
    at: time | None
    place: str | None
    date_field: str | None = None


def told(form: Form | None, fields: Mapping[str, Any]) -> Told | None:
    """Day, hour and place among a form's answers, or None where there is no day."""
    checks = {field.name: field.check for field in form.fields} if form else {}
    name = next((name for name in fields if checks.get(name, name) in ("date", "fecha")), None)
    try:
        day = date.fromisoformat(str(fields[name])) if name else None
    except ValueError:
        return None
    if day is None:
        return None
    hour = next((read_time(f"a las {fields[key]}") for key in HOURS if fields.get(key)), None)
    place = next((fields[key] for key in PLACES if fields.get(key)), None)
    return Told(day, hour, str(place["text"] if isinstance(place, Mapping) else place) if place else None, name)


async def record(
    session: AsyncSession,
    desk: FrontDesk,
    conversation: Conversation,
    service: str,
    about: Told,
    contact_id: int,
    of_telephone: bool = False,
) -> Appointment:
    """Remember an appointment. One of the same person, service and day is the same, told again."""
    made = await _open_one(session, contact_id, service, about.day, of_telephone)
    if made is None:
        made = Appointment(
            contact_id=contact_id, conversation_id=conversation.id, service=service, day=about.day,
            of_telephone=of_telephone, revision=0, status="planned", created_at=now(),
        )  # fmt: skip
        session.add(made)
    made.at = about.at or made.at
    made.sealed_place = desk.vault.seal(about.place) if about.place else made.sealed_place
    await plan(session, desk, made)
    await session.flush()
    return made


async def _open_one(
    session: AsyncSession, contact_id: int, service: str, day: date, of_telephone: bool
) -> Appointment | None:
    same = select(Appointment).where(
        Appointment.contact_id == contact_id,
        Appointment.service == service,
        Appointment.day == day,
        Appointment.of_telephone == of_telephone,
        Appointment.status.in_(OPEN),
    )
    return await session.scalar(same.with_for_update())


async def give_to(session: AsyncSession, desk: FrontDesk, appointment: Appointment, contact_id: int) -> None:
    """It is known now whose it is of those who share a telephone. Where she had told of it before, this is the same."""
    told_before = await _open_one(session, contact_id, appointment.service, appointment.day, of_telephone=False)
    if told_before is not None and told_before is not appointment:
        await take_back(session, told_before)
        await session.delete(told_before)
    appointment.contact_id, appointment.of_telephone = contact_id, False
    await plan(session, desk, appointment)


async def move(session: AsyncSession, desk: FrontDesk, appointment: Appointment, day: date, at: time | None) -> None:
    """Another day or hour: what was queued for the old one is taken back, and all reminders are due anew."""
    await take_back(session, appointment)
    appointment.day, appointment.at = day, at
    appointment.status, appointment.revision = "planned", appointment.revision + 1
    appointment.asking = None
    await plan(session, desk, appointment)
    if appointment.request_id is not None:
        await _correct_request(session, desk, appointment)


async def settle(session: AsyncSession, appointment: Appointment, status: str) -> None:
    """confirmed, kept, missed or cancelled. Nothing more is sent about one that was cancelled."""
    appointment.status, appointment.updated_at = status, now()
    if status == "cancelled":
        await take_back(session, appointment)
        appointment.step = appointment.next_at = appointment.asking = None


async def plan(session: AsyncSession, desk: FrontDesk, appointment: Appointment) -> None:
    """Work out what is due next, not for what somebody told just now."""
    coming = next_step(appointment.day, await zone_of(session, desk, appointment.contact_id), now() + GAP)
    appointment.step, appointment.next_at = (coming[0].name, coming[1]) if coming else (None, None)
    appointment.updated_at = now()


async def zone_of(session: AsyncSession, desk: FrontDesk, contact_id: int) -> ZoneInfo:
    """The person's own clock, or the institution's."""
    own = await session.scalar(select(Contact.timezone).where(Contact.id == contact_id))
    return ZoneInfo(own or desk.timezone)


async def take_back(session: AsyncSession, appointment: Appointment) -> None:
    """End what is queued about an appointment and has not gone yet."""
    keys = [KEY.format(id=appointment.id, revision=appointment.revision, step=step) for step in STEPS]
    await session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.campaign_key.in_(keys), OutboundMessage.status == "queued")
        .values(
            status="failed", next_attempt_at=None, status_at=now(), error_code="cita_cambio",
            error_text="la cita cambió o se canceló antes de que saliera",
        )
        .execution_options(synchronize_session=False)
    )  # fmt: skip


async def _correct_request(session: AsyncSession, desk: FrontDesk, appointment: Appointment) -> None:
    """The request that the staff works on says the new day too."""
    request = await session.get_one(ServiceRequest, appointment.request_id)
    fields = json.loads(desk.vault.open(request.sealed_fields))
    found = told(desk.catalogue.forms.get(request.form), fields)
    if found is not None and found.date_field:
        fields[found.date_field] = appointment.day.isoformat()
        request.sealed_fields = desk.vault.seal(json.dumps(fields, ensure_ascii=False))
        request.updated_at = now()


async def from_flow(
    session: AsyncSession,
    desk: FrontDesk,
    conversation: Conversation,
    contact_id: int,
    service: str,
    values: Mapping[str, str],
) -> Appointment | None:
    """What a flow says of an appointment: `date`, `time`, `place`, and `state` made, moved, kept, missed or cancelled.

    All but made are about the last one of this service; None where there is none, or no date that can be read.
    `hers`: the one under `folio`, which a form of this conversation recorded, is of whom the flow is about."""
    state = values.get("state") or "made"
    if state == "hers":
        recorded = await find(session, values.get("folio", ""), conversation.id)
        if recorded is not None:
            await give_to(session, desk, recorded, contact_id)
        return recorded
    about = told(None, {"fecha": values.get("date"), "hora": values.get("time"), "lugar": values.get("place")})
    if state == "made":
        return await record(session, desk, conversation, service, about, contact_id) if about else None
    latest = (
        select(Appointment)
        .where(Appointment.contact_id == contact_id, Appointment.service == service)
        .order_by(Appointment.day.desc(), Appointment.id.desc())
        .limit(1)
        .with_for_update()
    )
    appointment = await session.scalar(latest)
    if appointment is None or (state == "moved" and about is None):
        return None
    if state == "moved" and about is not None:
        await move(session, desk, appointment, about.day, about.at)
    else:
        await settle(session, appointment, state)
    return appointment


async def find(session: AsyncSession, folio: str, conversation_id: int) -> Appointment | None:
    """The appointment under a folio, as those who use the telephone may see it."""
    return await session.scalar(
        select(Appointment)
        .join(ServiceRequest, ServiceRequest.id == Appointment.request_id)
        .join(Conversation, Conversation.contact_id == ServiceRequest.contact_id)  # the owner of the telephone
        .where(ServiceRequest.folio == folio, Conversation.id == conversation_id)
        .with_for_update(of=Appointment)
    )


def described(appointment: Appointment, vault: Vault) -> dict[str, Any]:
    return {
        "day": appointment.day.isoformat(),
        "at": appointment.at.isoformat(timespec="minutes") if appointment.at else None,
        "place": vault.open(appointment.sealed_place) if appointment.sealed_place else None,
        "status": appointment.status,
        "rating": appointment.rating,
        "next_notice_at": _iso(appointment.next_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
