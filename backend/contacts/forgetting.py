"""Being forgotten: one word asks for it, one yes does it, by whichever channel and whoever holds the conversation.

What stays is what others need: that she does not want to be written to, the proof of what she agreed to and took back,
procedures under a folio, an alarm's sign without her words, and an arm of a trial.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.appointments.models import Appointment
from backend.campaigns.enrolment import leave
from backend.campaigns.models import Enrolment
from backend.contacts.consent import withdraw
from backend.contacts.models import Contact, ContactDate, ContactValue, GroupMember
from backend.contacts.service import on_phone_of, opt_out
from backend.conversations.models import Alarm, Conversation, InboundMessage, OutboundMessage
from backend.conversations.outbox import Draft, Office, put
from backend.experiments.models import OutcomeValue, Participant
from backend.flows.models import FlowRun, StaffNote
from backend.office import FrontDesk
from backend.operators.audit import record
from backend.requests.models import ServiceRequest
from bot.text import answers
from bot.text.folding import key

QUESTION, DONE = "comun/borrar_pregunta", "comun/borrar_hecho"
ASKED_FOR = timedelta(days=1)  # in which a yes is an answer to the question
FORGOTTEN = "olvido"
GONE = "[borrado]"
BATCH = 50
# a whole message, courtesies aside
PHRASES = (
    "borra", "borrar", "borrame", "borrenme", "borra mis datos", "borrar mis datos", "borren mis datos",
    "borra mi informacion", "borren mi informacion",
    "borra todos mis datos", "borren todos mis datos", "elimina mis datos", "eliminen mis datos", "eliminar mis datos",
    "quiero borrar mis datos", "quiero que borren mis datos", "olvidenme", "olvidame", "quiero que me olviden",
)  # fmt: skip


def _sound(said: str) -> str:
    return " ".join(map(key, said.split()))


_SOUNDS = frozenset(map(_sound, PHRASES))


def wishes(text: str) -> bool:
    """Whether the whole message asks to be forgotten."""
    return _sound(answers.bare(text)) in _SOUNDS


async def answer_wish(
    session: AsyncSession, office: Office, conversation: Conversation, row_id: int, text: str, at: datetime
) -> bool:
    """Answer whoever wants to be forgotten, or says yes to it; False where the message is about something else."""
    wished = wishes(text)
    if not wished and answers.yes_no(text) is not True:
        return False
    asked = await _was_asked(session, conversation.id, at)
    if not asked and not wished:
        return False
    if asked:
        await forget_phone(session, conversation.contact_id, conversation.channel, at)
    await put(session, office, conversation, [Draft(ref={"say": DONE if asked else QUESTION})], inbound_id=row_id)
    row = await session.get_one(InboundMessage, row_id)
    row.status, row.handled_by, row.handled_at = "done", "safety", at
    row.evidence = {"intent": "comun.mis_datos", "decision": "safety"}
    return True


async def _was_asked(session: AsyncSession, conversation_id: int, at: datetime) -> bool:
    """Whether the last thing said to her was whether she wants it; what campaigns say meanwhile does not count."""
    said = select(OutboundMessage.ref["say"].astext, OutboundMessage.created_at).where(
        OutboundMessage.conversation_id == conversation_id, OutboundMessage.outbound_class.in_(("reply", "operator"))
    )
    last = (await session.execute(said.order_by(OutboundMessage.id.desc()).limit(1))).first()
    return last is not None and last[0] == QUESTION and last[1] > at - ASKED_FOR


async def forget_phone(session: AsyncSession, contact_id: int, channel: str, at: datetime) -> None:
    """Whoever uses this telephone is written to no more, and is forgotten as soon as nobody works on it."""
    await opt_out(session, contact_id, "palabra", at)
    for one in (await session.scalars(on_phone_of(contact_id))).all():
        await _ask(session, one, channel, at)


async def forget_person(session: AsyncSession, contact_id: int, channel: str, at: datetime) -> None:
    """One of those who share a telephone is forgotten; who is alone on it takes the telephone along."""
    others = select(func.count()).where(Enrolment.contact_id.in_(on_phone_of(contact_id)), Enrolment.status != "ended")
    if await session.scalar(others.where(Enrolment.contact_id != contact_id)):
        await _ask(session, contact_id, channel, at)
    else:
        await forget_phone(session, contact_id, channel, at)


async def _ask(session: AsyncSession, contact_id: int, channel: str, at: datetime) -> None:
    await leave(session, contact_id, FORGOTTEN, at)
    await withdraw(session, contact_id, channel, at)
    await session.execute(update(Contact).where(Contact.id == contact_id).values(forget_at=at))


async def forget_due(session: AsyncSession, desk: FrontDesk, at: datetime) -> int:
    """Take away what is known of those who asked for it; answers of how many. Whoever is being answered waits."""
    waiting = exists().where(InboundMessage.conversation_id == Conversation.id, InboundMessage.status == "pending")
    busy = select(Conversation.contact_id).where(or_(Conversation.lease_until >= at, waiting))
    due = select(Contact).where(Contact.forget_at <= at, Contact.id.not_in(busy)).order_by(Contact.id).limit(BATCH)
    people = (await session.scalars(due.with_for_update(skip_locked=True))).all()
    if not people:
        return 0
    ids = [one.id for one in people]
    for table in (ContactValue, ContactDate, GroupMember, Enrolment, OutcomeValue, Participant):
        await session.execute(delete(table).where(table.contact_id.in_(ids)))
    await session.execute(delete(FlowRun).where(FlowRun.contact_id.in_(ids), FlowRun.wakes_at.is_(None)))
    await _health(session, desk, ids)
    await _conversations(session, desk, [one.id for one in people if one.opted_out_at])
    for one in people:
        one.language = one.timezone = one.forget_at = None
        record(session, None, "forget", "contact", one.id)
    return len(people)


async def _health(session: AsyncSession, desk: FrontDesk, ids: Collection[int]) -> None:
    """Appointments and what forms of health services were told; the folio stays."""
    services = {pack.service for pack in desk.catalogue.packs.values() if pack.health}
    hers = (Appointment.contact_id.in_(ids), Appointment.service.in_(services))
    recorded = select(Appointment.request_id).where(*hers, Appointment.request_id.is_not(None))
    await session.execute(
        update(ServiceRequest)
        .where(
            or_(ServiceRequest.contact_id.in_(ids), ServiceRequest.id.in_(recorded)),
            ServiceRequest.service.in_(services),
        )
        .values(sealed_fields=desk.vault.seal("{}"))
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(Appointment).where(*hers))


async def _conversations(session: AsyncSession, desk: FrontDesk, ids: Collection[int]) -> None:
    """What was said by a telephone, and the bot's memory of it. The message of an open alarm stays until it is closed,
    what has not gone yet until it has gone."""
    homes = select(Conversation.id).where(Conversation.contact_id.in_(ids))
    words = {"sealed_text": desk.vault.seal(GONE), "redacted_text": GONE}
    alarms = select(Alarm.inbound_id).where(Alarm.closed_at.is_(None))
    await session.execute(delete(StaffNote).where(StaffNote.conversation_id.in_(homes)))
    await session.execute(delete(FlowRun).where(FlowRun.conversation_id.in_(homes)))
    await session.execute(
        update(InboundMessage)
        .where(
            InboundMessage.conversation_id.in_(homes),
            InboundMessage.id.not_in(alarms),
        )
        .values(**words, extra={}, evidence=None, last_error=None)
    )
    await session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.conversation_id.in_(homes), OutboundMessage.status.not_in(("queued", "sending")))
        .values(**words, ref=None, campaign_key=None, choices=[], document_url=None)
    )
    await session.execute(
        update(Conversation)
        .where(Conversation.contact_id.in_(ids))
        .values(state=None, expect=None, expect_until=None, interrupted=False, version=Conversation.version + 1)
    )
    await session.execute(
        update(Conversation)
        .where(Conversation.contact_id.in_(ids), Conversation.floor == "flow")
        .values(floor="bot", floor_reason=None)
    )
