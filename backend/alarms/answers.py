"""Messages that answer an alarm: «1» of whoever is on call, «sí» or «no» of her who was asked whether help came."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.care import ASKED_FOR
from backend.alarms.escalation import ring_again
from backend.alarms.models import Escalation, Ring
from backend.alarms.service import lock, read
from backend.alarms.staff import link
from backend.conversations.models import Alarm
from backend.conversations.notices import Answer, Heard, expect_nothing, in_answer
from backend.office import FrontDesk
from backend.operators.audit import record
from bot.text import answers
from bot.text.folding import words

Said = Literal["yes", "no"]
RECENT = timedelta(hours=12)  # a «1» that comes later answers something else
# the first word decides: «ok voy para allá»
_FIRST: Mapping[str, Said] = {
    **dict.fromkeys(("1", "uno", "ok", "okay", "okey", "si", "va", "voy", "enterado", "enterada", "recibido"), "yes"),
    **dict.fromkeys(("2", "dos", "no"), "no"),
}


async def answer_alarms(
    session: AsyncSession, desk: FrontDesk, heard: Sequence[Heard], now: datetime
) -> dict[int, Answer]:
    """Those of the messages that answer an alarm, by inbound id, with what is said to them; done in this transaction.

    The caller stores the answers in the same transaction, or rolls back."""
    calls = {one: said for one in heard if (said := call_answered(one.text))}
    helps = {one: came for one in heard if not one.form_open and (came := answers.yes_no(one.text)) is not None}
    rings = await _rings(session, calls, now) if calls else {}
    asked = await _asked(session, helps, now) if helps else {}
    found: dict[int, Answer] = {}
    for one in heard:
        if one in calls and one.contact_id in rings:
            found[one.inbound_id] = await _of_staff(session, desk, one, rings[one.contact_id], calls[one], now)
        elif one in helps and one.conversation_id in asked:
            found[one.inbound_id] = await _of_her(session, desk, one, asked[one.conversation_id], helps[one], now)
    return found


def call_answered(text: str) -> Said | None:
    """Whether whoever was rung takes the alarm; None where a message says neither."""
    return next((_FIRST[word] for word in words(text)[:1] if word in _FIRST), None)


async def _rings(session: AsyncSession, heard: Collection[Heard], now: datetime) -> dict[int, Ring]:
    """The last call to each of these people."""
    people = {one.contact_id for one in heard}
    rows = await session.scalars(
        select(Ring).where(Ring.contact_id.in_(people), Ring.at > now - RECENT).order_by(Ring.at, Ring.id)
    )
    return {ring.contact_id: ring for ring in rows if ring.contact_id is not None}


async def _asked(session: AsyncSession, heard: Collection[Heard], now: datetime) -> dict[int, int]:
    """Conversations that were asked whether help came, and have not said: the alarm of each."""
    rows = await session.execute(
        select(Alarm.conversation_id, Alarm.id)
        .join(Escalation, Escalation.alarm_id == Alarm.id)
        .where(
            Alarm.conversation_id.in_({one.conversation_id for one in heard}),
            Escalation.asked_at > now - ASKED_FOR,
            Escalation.helped.is_(None),
        )
        .order_by(Alarm.id)
    )
    return {row.conversation_id: row.id for row in rows}


async def _of_staff(
    session: AsyncSession, desk: FrontDesk, heard: Heard, ring: Ring, said: Said, now: datetime
) -> Answer:
    alarm, escalation = await lock(session, ring.alarm_id)
    ring.answer = said
    if alarm.acknowledged_at is not None and escalation.answered_by != ring.name:
        return in_answer(
            desk, heard, "", "guardia_ya_atendida", "on_call_late", quien=escalation.answered_by or "alguien"
        )
    if said == "no":
        if escalation.next_ring_at is not None and ring.step == escalation.rings:
            escalation.next_ring_at = now
        return in_answer(desk, heard, "", "guardia_paso", "on_call_pass")
    if await read(session, desk, alarm, escalation, name=ring.name):
        record(session, None, "acknowledge", "alarm", alarm.id, detail={"guardia": ring.name, "por": "SMS"})
    where = link(desk, alarm.conversation_id)
    return in_answer(desk, heard, "", "guardia_gracias", "on_call_answer", enlace=where)


async def _of_her(
    session: AsyncSession, desk: FrontDesk, heard: Heard, alarm_id: int, helped: bool, now: datetime
) -> Answer:
    alarm, escalation = await lock(session, alarm_id)
    escalation.helped = helped
    await expect_nothing(session, heard.conversation_id)
    if helped:
        return in_answer(desk, heard, escalation.service, "alarma_ayuda_si", "help_came")
    if await _is_last(session, alarm):
        ring_again(alarm, escalation, now)
    return in_answer(desk, heard, escalation.service, "alarma_ayuda_no", "help_did_not_come")


async def _is_last(session: AsyncSession, alarm: Alarm) -> bool:
    """Whether this person has no later alarm, which rings by itself."""
    later = select(Alarm.id).where(Alarm.contact_id == alarm.contact_id, Alarm.id > alarm.id).limit(1)
    return await session.scalar(later) is None
