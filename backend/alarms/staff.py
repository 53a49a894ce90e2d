"""Bring one alarm before one person on duty: an SMS, an e-mail, or both. Neither says who is in danger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.mail import queue_mail
from backend.alarms.models import Escalation, Ring
from backend.contacts.service import addresses_of
from backend.conversations.lines import NEW
from backend.conversations.models import Alarm, Conversation
from backend.conversations.notices import Notice, tell
from backend.office import FrontDesk
from bot.packs.model import Duty
from bot.safety import texts

SMS = "twilio_sms"
RING_KEY = "alarma:{alarm}:guardia:{step}"


async def ring(
    session: AsyncSession, desk: FrontDesk, alarm: Alarm, escalation: Escalation, duty: Duty, at: datetime
) -> None:
    """The next step of an alarm, in the caller's transaction; its key makes sure that it is rung once."""
    escalation.rings += 1
    key = RING_KEY.format(alarm=alarm.id, step=escalation.rings)
    params = {
        "servicio": service_title(desk, escalation.service),
        "senal": texts.title(alarm.sign),
        "enlace": link(desk, alarm.conversation_id),
    }
    contact_id = None
    if duty.sms:
        conversation = await staff_conversation(session, desk, duty.sms)
        contact_id = conversation.contact_id
        await tell(session, desk, [Notice(conversation, key, "guardia_alarma", params=params, outbound_class="alarm")])
    if duty.email:
        await queue_mail(session, desk.vault, key, duty.email, *_mail(params))
    session.add(
        Ring(
            alarm_id=alarm.id, step=escalation.rings, turn=escalation.turn, round=escalation.round, name=duty.name,
            contact_id=contact_id, key=key, at=at,
        )
    )  # fmt: skip


def service_title(desk: FrontDesk, service: str) -> str:
    packs = desk.catalogue.packs.values()
    return next((pack.title for pack in packs if pack.service == service), service.replace("_", " "))


def link(desk: FrontDesk, conversation_id: int) -> str:
    return f"{desk.settings.public_base_url.rstrip('/')}/conversaciones/{conversation_id}"


def _mail(params: dict[str, str]) -> tuple[str, str]:
    lines = (
        f"Señal: {params['senal']}.",
        "La respuesta de seguridad ya salió sola. Falta que una persona la lea y la atienda:",
        params["enlace"],
        "Si nadie acusa recibo en 5 minutos se llama a la siguiente persona de la guardia.",
    )
    return f"ALARMA de {params['servicio']}", "\n\n".join(lines) + "\n"


async def staff_conversation(session: AsyncSession, desk: FrontDesk, number: str) -> Conversation:
    """The conversation with a telephone of the staff, made where there is none."""
    address = (await addresses_of(session, desk.vault, {(SMS, number)}, desk.jurisdiction))[SMS, number]
    line = desk.settings.channels.twilio_sms.from_number
    row = {"contact_id": address.contact_id, "address_id": address.id, "line": line, "channel": SMS}
    await session.execute(NEW, [row])
    found = select(Conversation).where(Conversation.address_id == address.id, Conversation.line == line)
    return (await session.scalars(found)).one()
