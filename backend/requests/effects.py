"""What some finished forms change at once, in the transaction that stores them: enrolment, and dates of a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns import life
from backend.campaigns.enrolment import UnknownCampaign
from backend.campaigns.programme import BIRTH, DUE_DATE
from backend.clock import now
from backend.contacts.consent import Agreement, agree
from backend.contacts.fields import BadValue, Value, known_fields, read_value, set_values
from backend.contacts.models import Contact
from backend.contacts.service import opt_in
from backend.conversations.models import Conversation
from backend.flows.carrying_out import queued
from backend.office import FrontDesk
from backend.requests.service import NewRequest

PREGNANT = "embarazo"  # a stage; each stage is also the name of its campaign
TEEN, TEEN_FLOW, ADULT = "embarazo_adolescente", "menor_de_edad", 18
PREGNANCY = timedelta(weeks=40)
OVERDUE = timedelta(days=14)


@dataclass(frozen=True)
class _Finished:
    """A form as it was stored, and whose it is."""

    session: AsyncSession
    desk: FrontDesk
    conversation: Conversation
    form: str
    fields: Mapping[str, Any]
    at: datetime

    @property
    def contact_id(self) -> int:
        return self.conversation.contact_id

    @property
    def pack(self) -> str:
        return self.form.partition(".")[0]

    @property
    def today(self) -> date:
        return self.at.astimezone(ZoneInfo(self.desk.timezone)).date()


async def carry_out(session: AsyncSession, desk: FrontDesk, wanted: NewRequest) -> None:
    """Do what the form stands for; most only leave a record. Called once for each record that is new."""
    effect = EFFECTS.get(wanted.form)
    if effect is None:
        return
    conversation = await session.get_one(Conversation, wanted.conversation)
    await effect(_Finished(session, desk, conversation, wanted.form, wanted.fields, now()))


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
    """Whoever takes part gets what is pending by the new date; of the others only the record is kept."""
    person = await form.session.get_one(Contact, form.contact_id)
    if person.consented_at is None:
        return
    due = due_date(form.fields.get("fecha_parto"), form.today)
    birth = _day(form.fields.get(BIRTH))
    if due:
        await set_values(form.session, form.desk.vault, {form.contact_id: {DUE_DATE: due}}, form.at)
    if birth and birth <= form.today:
        await life.born(form.session, form.desk.vault, form.contact_id, birth, form.at)


EFFECTS: Mapping[str, Callable[[_Finished], Awaitable[None]]] = {
    "salud_materna.inscripcion": _enrolled,
    "salud_materna.cambiar_fecha": _date_changed,
}
