"""Answers to what was said about an appointment: confirm, change, cancel, attendance, and how she was treated."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.appointments.models import Appointment
from backend.appointments.reminders import ANSWERABLE, ask
from backend.appointments.service import OPEN, move, settle, zone_of
from backend.appointments.wording import params, read_time
from backend.conversations.models import InboundMessage
from backend.conversations.notices import Answer, Heard, expect_nothing, in_answer
from backend.experiments.outcomes import TREATMENT, answered
from backend.office import FrontDesk
from bot.text import answers
from bot.text.folding import words

LATEST = timedelta(days=366)
CHANGE = frozenset({"cambiar", "cambio", "cambia", "cambiarla", "mover", "otra", "otro", "reagendar", "reprogramar"})
LONGEST = 160  # letters of an answer; a letter is left to the bot
WORST = 2  # of 5: she is offered a person


@dataclass(frozen=True)
class Question:
    """An open question about an appointment, and the message that may answer it."""

    session: AsyncSession
    desk: FrontDesk
    appointment: Appointment
    heard: Heard
    zone: ZoneInfo
    now: datetime

    def say(self, notice: str, decision: str) -> Answer:
        about = params(self.appointment, self.desk.vault, self.zone, self.now)
        return in_answer(self.desk, self.heard, self.appointment.service, notice, decision, **about)

    async def over(self, notice: str, decision: str) -> Answer:
        """Nothing more is asked."""
        self.appointment.asking = None
        await expect_nothing(self.session, self.heard.conversation_id)
        return self.say(notice, decision)

    async def then(self, question: str, notice: str, decision: str) -> Answer:
        await ask(self.session, self.appointment, question, self.now)
        return self.say(notice, decision)


async def answer_appointments(
    session: AsyncSession, desk: FrontDesk, heard: Sequence[Heard], now: datetime
) -> dict[int, Answer]:
    """Those of the messages that answer a question about an appointment, by inbound id; done in this transaction.

    What is no answer is left to the bot, and the question stays open. The caller stores the answers in the same
    transaction, or rolls back."""
    short = [one for one in heard if len(one.text) <= LONGEST]
    asked = await _asked(session, short, now) if short else {}
    found: dict[int, Answer] = {}
    for one in short:
        appointment = asked.get(one.conversation_id)
        if appointment is None or not await _may_answer(session, appointment, one):
            continue
        zone = await zone_of(session, desk, appointment.contact_id)
        answer = await READERS[appointment.asking or ""](Question(session, desk, appointment, one, zone, now))
        if answer is not None:
            found[one.inbound_id] = answer
    return found


async def _asked(session: AsyncSession, heard: Sequence[Heard], now: datetime) -> dict[int, Appointment]:
    rows = await session.scalars(
        select(Appointment)
        .where(
            Appointment.conversation_id.in_({one.conversation_id for one in heard}),
            Appointment.asking.is_not(None),
            Appointment.asked_at > now - ANSWERABLE,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.conversation_id: row for row in rows}


async def _may_answer(session: AsyncSession, appointment: Appointment, heard: Heard) -> bool:
    """A form that is open takes what is written, but for the first message after the reminder."""
    if not heard.form_open:
        return True
    since = exists().where(
        InboundMessage.conversation_id == heard.conversation_id,
        InboundMessage.received_at >= appointment.asked_at,
        InboundMessage.id != heard.inbound_id,
    )
    return not await session.scalar(select(since))


async def _attendance(one: Question) -> Answer | None:
    going = answers.yes_no(one.heard.text)
    if going is True:
        await settle(one.session, one.appointment, "confirmed")
        return await one.over("cita_confirmada", "appointment_confirmed")
    if _cancels(one):
        return await _cancel(one)
    if going is False or CHANGE & set(words(one.heard.text)):
        return await _moved(one) or await one.then("new_date", "cita_nueva_fecha", "appointment_ask_date")
    return None


async def _new_date(one: Question) -> Answer | None:
    if _cancels(one):
        return await _cancel(one)
    moved = await _moved(one)
    if moved is None and answers.yes_no(one.heard.text) is False:
        if one.appointment.status in OPEN:  # she will not go, and has no other day
            await settle(one.session, one.appointment, "cancelled")
        return await one.over("cita_sin_fecha", "appointment_no_date")
    return moved


async def _moved(one: Question) -> Answer | None:
    """The answer to a message that names another day."""
    today = one.now.astimezone(one.zone).date()
    day = answers.when(one.heard.text, today, "future")
    if day is None or not today <= day <= today + LATEST:
        return None
    await move(one.session, one.desk, one.appointment, day, read_time(one.heard.text))
    return await one.over("cita_cambiada", "appointment_moved")


async def _attended(one: Question) -> Answer | None:
    went = answers.yes_no(one.heard.text)
    if went is None:
        return None
    await settle(one.session, one.appointment, "kept" if went else "missed")
    if went:
        return await one.then("treatment", "cita_trato", "appointment_kept")
    return await one.then("new_date", "cita_faltaste", "appointment_missed")


async def _treatment(one: Question) -> Answer | None:
    given = answers.number(one.heard.text)
    if given is None or given not in range(1, 6):
        return None
    one.appointment.rating = int(given)
    if not one.appointment.of_telephone:
        person, vault = one.appointment.contact_id, one.desk.vault
        await answered(one.session, vault, person, TREATMENT, str(int(given)), one.now, one.zone)
    return await one.over("cita_trato_malo" if given <= WORST else "cita_trato_bueno", "appointment_rated")


def _cancels(one: Question) -> bool:
    return answers.command(one.heard.text) == "cancel" or "cancelar" in words(one.heard.text)


async def _cancel(one: Question) -> Answer:
    await settle(one.session, one.appointment, "cancelled")
    return await one.over("cita_cancelada", "appointment_cancelled")


READERS: Mapping[str, Callable[[Question], Awaitable[Answer | None]]] = {
    "attendance": _attendance,
    "new_date": _new_date,
    "attended": _attended,
    "treatment": _treatment,
}
