"""From what a provider delivered to committed rows; safety reads every one before anything else does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import bot.safety
from backend.clock import now
from backend.contacts.service import address_of, opt_in, opt_out
from backend.content.service import Content
from backend.conversations.alarms import raise_alarm
from backend.conversations.models import Conversation, InboundMessage
from backend.conversations.outbox import Draft, put
from backend.crypto import Vault
from backend.privacy.redact import redact_answer
from channels.base import Inbound

OPERATOR_ECHO = "alguien respondió desde la bandeja de la página"


@dataclass(frozen=True)
class Taken:
    """What became of a delivery: how many rows are new, how many were known, whether somebody is in danger."""

    new: int = 0
    duplicates: int = 0
    alarms: int = 0


@dataclass(frozen=True)
class Intake:
    """Stores inbound messages; one per application, no state of its own."""

    vault: Vault
    content: Content
    jurisdiction: str

    async def take(self, session: AsyncSession, messages: Sequence[Inbound]) -> Taken:
        """Store the messages of one webhook in their order, in the caller's transaction."""
        new = duplicates = alarms = 0
        for message in messages:
            row, conversation = await self._store(session, message)
            if row is None:
                duplicates += 1
                continue
            new += 1
            alarms += await self._read_first(session, message, row, conversation)
        return Taken(new, duplicates, alarms)

    async def _store(self, session: AsyncSession, message: Inbound) -> tuple[InboundMessage | None, Conversation]:
        address = await address_of(session, self.vault, message.channel, message.sender, self.jurisdiction)
        conversation = await _conversation(session, address.contact_id, address.id, message)
        asked = (conversation.expect or {}).get("type")
        made = await session.scalar(
            insert(InboundMessage)
            .values(
                conversation_id=conversation.id,
                channel=message.channel,
                provider_id=message.provider_id,
                received_at=now(),
                sent_at=message.sent_at,
                kind=message.kind,
                sealed_text=self.vault.seal(message.text),
                redacted_text=redact_answer(message.text, asked)[:2000],
                extra=_extra(message),
                status="pending",
            )
            .on_conflict_do_nothing(constraint="uq_inbound_channel_provider_id")
            .returning(InboundMessage)
        )
        return made, conversation

    async def _read_first(
        self, session: AsyncSession, message: Inbound, row: InboundMessage, conversation: Conversation
    ) -> int:
        if message.kind in ("echo", "standby"):
            await _leave_to_operator(session, row, conversation, message)
            return 0
        if message.kind == "help":  # the provider has answered it
            row.status, row.handled_by, row.handled_at = "done", "channel", now()
            await _note_arrival(session, conversation)
            return 0
        readings = bot.safety.read_all(message.text) if message.text else ()
        danger = next((reading for reading in readings if reading.danger), None)
        leaving = _leaving(message, readings, conversation)
        if leaving is not None:
            await self._leave(session, message, row, conversation, leaving)
        if danger is not None:
            await raise_alarm(session, self, row, conversation, danger)
        if danger is None and leaving is None:
            await _wake(session, conversation)
        else:
            await _note_arrival(session, conversation)
        return int(danger is not None)

    async def _leave(
        self, session: AsyncSession, message: Inbound, row: InboundMessage, conversation: Conversation, leaving: bool
    ) -> None:
        """Opt-out and opt-in take effect at once; where the provider answered the person, we do not."""
        at = now()
        changed = (
            await opt_out(session, conversation.contact_id, "proveedor" if message.kind == "opt_out" else "palabra", at)
            if leaving
            else await opt_in(session, conversation.contact_id)
        )
        if message.kind == "text":
            key = "comun/baja" if leaving else "comun/alta_de_nuevo"
            await put(session, self, conversation, [Draft(ref={"say": key})], inbound_id=row.id)
        row.status, row.handled_by, row.handled_at = "done", "safety", at
        row.evidence = {
            "intent": "comun.baja" if leaving else "comun.alta_de_nuevo",
            "decision": "safety",
            "changed": changed,
        }


def _leaving(message: Inbound, readings: Sequence[bot.safety.Reading], conversation: Conversation) -> bool | None:
    """True: leaves; False: comes back; None: neither. CANCELA alone, inside a question, only ends the question."""
    if message.kind in ("opt_out", "opt_in"):
        return message.kind == "opt_out"
    for reading in readings:
        if reading.kind == "opt_out" and not (reading.sign == "cancela" and conversation.expect):
            return True
        if reading.kind == "opt_in":
            return False
    return None


def _extra(message: Inbound) -> dict[str, Any]:
    extra: dict[str, Any] = {
        "choice": message.choice,
        "location": message.location,
        "attachments": [{"kind": a.kind, "url": a.url, "content_type": a.content_type} for a in message.attachments],
        "note": message.note,
    }
    return {key: value for key, value in extra.items() if value}


async def _conversation(session: AsyncSession, contact_id: int, address_id: int, message: Inbound) -> Conversation:
    mine = select(Conversation).where(Conversation.address_id == address_id, Conversation.line == message.line)
    found = await session.scalar(mine)
    if found is not None:
        return found
    await session.execute(
        insert(Conversation)
        .values(contact_id=contact_id, address_id=address_id, channel=message.channel, line=message.line)
        .on_conflict_do_nothing(constraint="uq_conversations_address_line")
    )
    made = await session.scalar(mine)
    assert made is not None
    return made


async def _wake(session: AsyncSession, conversation: Conversation) -> None:
    """Say that there is a turn to answer. `wakes` changes, so that a worker that is just ending notices."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(next_turn_at=now(), wakes=Conversation.wakes + 1, last_inbound_at=now())
        .execution_options(synchronize_session=False)
    )


async def _note_arrival(session: AsyncSession, conversation: Conversation) -> None:
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation.id)
        .values(last_inbound_at=now())
        .execution_options(synchronize_session=False)
    )


async def _leave_to_operator(
    session: AsyncSession, row: InboundMessage, conversation: Conversation, message: Inbound
) -> None:
    """Another app or a person holds the thread: keep the message, stay silent."""
    row.status, row.handled_by, row.handled_at = "operator", "channel", now()
    values: dict[str, Any] = {"last_inbound_at": now()} if message.kind == "standby" else {}
    if message.kind == "echo":
        values |= {"floor": "operator", "floor_reason": OPERATOR_ECHO, "floor_since": now()}
    if values:
        await session.execute(update(Conversation).where(Conversation.id == conversation.id).values(**values))
