"""An alarm: answered at once from stored text, one open per person, whatever was under way set aside."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import bot.safety
from backend.clock import now
from backend.conversations.models import Alarm, Conversation, InboundMessage
from backend.conversations.outbox import Draft, Office, put

OPEN_FOR = timedelta(hours=12)  # after a day's silence a new sign is a new alarm


async def raise_alarm(
    session: AsyncSession,
    office: Office,
    row: InboundMessage,
    conversation: Conversation,
    danger: bot.safety.Reading,
    department: str | None,
) -> None:
    """Answer the danger in the transaction that stores the message; a further sign gets the short second text.

    A conversation that is nobody's yet becomes the `department`'s, so that its people see the alarm."""
    first = await open_alarm(session, row, conversation, danger.kind, danger.sign)
    ref = {"danger": danger.text_key, "further": not first}
    await put(session, office, conversation, [Draft(ref=ref, outbound_class="alarm")], inbound_id=row.id)
    row.danger = danger.sign
    row.status, row.handled_by, row.handled_at = "done", "safety", now()
    row.evidence = {
        "intent": danger.intent,
        "decision": "safety",
        "sign": danger.sign,
        "confidence": danger.confidence,
        "danger": True,
    }
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(
            interrupted=Conversation.expect.is_not(None) | Conversation.interrupted,
            department=func.coalesce(Conversation.department, department),
        )
        .execution_options(synchronize_session=False)
    )


async def open_alarm(
    session: AsyncSession, row: InboundMessage, conversation: Conversation, kind: str, sign: str
) -> bool:
    """True where this opens an alarm, False where it is a further sign of the open one.

    The trained detector calls it too, for what the rules did not see; it never closes one.
    """
    contact = conversation.contact_id
    current = await session.scalar(
        select(Alarm).where(Alarm.contact_id == contact, Alarm.closed_at.is_(None)).with_for_update()
    )
    if current is not None and current.last_sign_at > now() - OPEN_FOR:
        current.signs += 1
        current.last_sign_at = now()
        if kind == "violence":  # whatever else was told: from here on somebody may read what she is sent
            current.kind = kind
        return False
    if current is not None:
        current.closed_at = now()
        await session.flush()
    made = await session.scalar(
        insert(Alarm)
        .values(
            contact_id=contact,
            conversation_id=conversation.id,
            inbound_id=row.id,
            kind=kind,
            sign=sign,
            opened_at=now(),
            last_sign_at=now(),
        )
        .on_conflict_do_nothing()  # another message of theirs opened it this very moment
        .returning(Alarm.id)
    )
    return made is not None
