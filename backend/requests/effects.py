"""What some finished forms change at once, in the transaction that stores them: enrolment, and dates of a person."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns import life
from backend.campaigns.enrolment import UnknownCampaign
from backend.campaigns.programme import BIRTH, DUE_DATE
from backend.clock import now
from backend.contacts.consent import Agreement, agree
from backend.contacts.fields import NAME, BadValue, Value, known_fields, read_value, set_values
from backend.contacts.household import another_on_phone_of, namesake, people_on_phone
from backend.contacts.service import opt_in
from backend.conversations.models import Conversation
from backend.conversations.outbox import Draft, put
from backend.flows.carrying_out import queued
from backend.office import FrontDesk
from backend.requests.models import ServiceRequest

PREGNANT = "embarazo"  # a stage; each stage is also the name of its campaign
TEEN, TEEN_FLOW, ADULT = "embarazo_adolescente", "menor_de_edad", 18
SHARED = "comun/telefono_compartido"
WHOSE_FLOW = "de_quien"
PREGNANCY = timedelta(weeks=40)
OVERDUE = timedelta(days=14)


@dataclass(frozen=True)
class _Finished:
    """A form as it was stored, and whose it is."""

    session: AsyncSession
    desk: FrontDesk
    conversation: Conversation
    contact_id: int
    form: str
    fields: Mapping[str, Any]
    at: datetime

    @property
    def pack(self) -> str:
        return self.form.partition(".")[0]

    @property
    def today(self) -> date:
        return self.at.astimezone(ZoneInfo(self.desk.timezone)).date()


async def carry_out(session: AsyncSession, desk: FrontDesk, request: ServiceRequest) -> None:
    """Do what the form stands for; most only leave a record. Called once for each record that is new."""
    effect = EFFECTS.get(request.form)
    if effect is None:
        return
    conversation = await session.get_one(Conversation, request.conversation_id)
    fields = json.loads(desk.vault.open(request.sealed_fields))
    await effect(_Finished(session, desk, conversation, conversation.contact_id, request.form, fields, now()))


def due_date(said: object, today: date) -> date | None:
    """From the due date itself, or weeks, or the span of weeks that some months are; None where it cannot be."""
    if isinstance(said, str):
        day = _day(said)
    elif said:
        span = said if isinstance(said, (list, tuple)) else (said, said)
        day = today + PREGNANCY - timedelta(days=round(7 * (span[0] + span[-1]) / 2))
    else:
        day = None
    return day if day and today - OVERDUE <= day <= today + PREGNANCY else None


def _day(said: object) -> date | None:
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        return None


async def _enrolled(form: _Finished) -> None:
    if form.fields.get("consentimiento") is not True:
        return
    form = await _of_person(form)
    await _agreed(form)
    await set_values(form.session, form.desk.vault, {form.contact_id: await _known(form)}, form.at)
    stage = str(form.fields.get("etapa"))
    try:
        new = await _join(form, stage)
    except UnknownCampaign:  # an installation without this programme keeps the record
        return
    if new and _is_minor(form.fields.get("edad")):
        if stage == PREGNANT:
            await _join(form, TEEN)
        form.session.add(queued(f"{form.pack}/{TEEN_FLOW}", form.contact_id, form.conversation.id, form.at))


async def _of_person(form: _Finished) -> _Finished:
    """The form of whom it names; somebody new to a telephone that others use already is told how it will be."""
    people = await people_on_phone(form.session, form.desk.vault, form.contact_id)
    known = namesake(people, str(form.fields.get(NAME, "")))
    if known is not None:
        return replace(form, contact_id=known.contact_id)
    await put(form.session, form.desk, form.conversation, [Draft(ref={"say": SHARED})])
    return replace(form, contact_id=await another_on_phone_of(form.session, form.contact_id))


async def _agreed(form: _Finished) -> None:
    """Her yes, with the words that she read. Whoever had left comes back by it."""
    ref = {"say": f"{form.form.replace('.', '/', 1)}.consentimiento.ask"}
    shelf = await form.desk.content.shelf(form.session, [ref], form.desk.jurisdiction)
    words = shelf.render(ref, "", (), form.conversation.channel, {}).text
    version = form.desk.government.institution.notice_version
    await agree(form.session, [Agreement(form.contact_id, form.at, form.conversation.channel, version, words)])
    await opt_in(form.session, form.contact_id)


async def _known(form: _Finished) -> dict[str, Value | None]:
    """The answers that the programme keeps, as its fields take them."""
    values: dict[str, Value | None] = {}
    for key, field in (await known_fields(form.session)).items():
        if key not in form.fields:
            continue
        try:
            values[key] = read_value(field, str(form.fields[key]))
        except BadValue:
            continue  # stays readable in the record
    due = due_date(form.fields.get("semanas"), form.today)
    return {**values, DUE_DATE: due} if due else values


async def _join(form: _Finished, campaign: str) -> bool:
    return await life.joined(form.session, form.contact_id, form.conversation.id, form.pack, campaign, form.at)


def _is_minor(age: object) -> bool:
    return isinstance(age, (int, float)) and 0 < age < ADULT


async def _date_changed(form: _Finished) -> None:
    """Whoever takes part gets what is pending by the new date; of the others only the record is kept. Where several
    take part by one telephone, a flow asks whose date it is."""
    due = due_date(form.fields.get("fecha_parto"), form.today)
    birth = _day(form.fields.get(BIRTH))
    days = {DUE_DATE: due, BIRTH: birth if birth and birth <= form.today else None}
    told = {field: day for field, day in days.items() if day}
    people = [one for one in await people_on_phone(form.session, form.desk.vault, form.contact_id) if one.takes_part]
    if len(people) > 1 and told:
        params = json.dumps({field: day.isoformat() for field, day in told.items()})
        run = queued(
            f"{form.pack}/{WHOSE_FLOW}", form.contact_id, form.conversation.id, form.at, form.desk.vault.seal(params)
        )
        form.session.add(run)
    elif people:
        await set_values(form.session, form.desk.vault, {people[0].contact_id: told}, form.at)


EFFECTS: Mapping[str, Callable[[_Finished], Awaitable[None]]] = {
    "salud_materna.inscripcion": _enrolled,
    "salud_materna.cambiar_fecha": _date_changed,
}
