"""Status callbacks: what became of our messages. A row moves forward only."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.contacts.models import Address
from backend.contacts.service import mark_bad, opt_out
from backend.conversations.models import Conversation, OutboundMessage
from backend.crypto import Vault
from channels.base import STATUS_RANK, StatusUpdate


async def apply_updates(session: AsyncSession, vault: Vault, updates: Sequence[StatusUpdate]) -> int:
    """Move the rows that the updates speak of; answers how many moved."""
    moved = 0
    for update in updates:
        for row in await _rows(session, vault, update):
            moved += await _apply(session, row, update)
    return moved


async def _rows(session: AsyncSession, vault: Vault, update: StatusUpdate) -> Sequence[OutboundMessage]:
    rows = select(OutboundMessage).where(OutboundMessage.channel == update.channel).with_for_update()
    if update.own_id and update.own_id.isdigit():
        return (await session.scalars(rows.where(OutboundMessage.id == int(update.own_id)))).all()
    if update.provider_id:
        return (await session.scalars(rows.where(OutboundMessage.provider_id == update.provider_id))).all()
    if update.watermark is None or update.recipient is None:
        return []
    reader = vault.fingerprint(update.channel, update.recipient)
    read = (
        rows.join(Conversation, Conversation.id == OutboundMessage.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .where(Address.fingerprint == reader, OutboundMessage.created_at <= update.watermark)
        .where(OutboundMessage.status.in_(("sent", "delivered")))
        .with_for_update(of=OutboundMessage)
    )
    return (await session.scalars(read)).all()


async def _apply(session: AsyncSession, row: OutboundMessage, update: StatusUpdate) -> int:
    if row.provider_id is None and update.provider_id:
        row.provider_id = update.provider_id
    if STATUS_RANK.get(update.status, -1) <= STATUS_RANK.get(row.status, 0):
        return 0
    row.status, row.status_at = update.status, now()
    row.next_attempt_at = row.sending_since = None
    if update.error_code:
        row.error_code = update.error_code
    await _learn(session, row, update)
    return 1


async def _learn(session: AsyncSession, row: OutboundMessage, update: StatusUpdate) -> None:
    conversation = await session.get(Conversation, row.conversation_id)
    if conversation is None:
        return
    if update.effect == "opt_out":
        await opt_out(session, conversation.contact_id, "proveedor", now())
    elif update.effect == "bad_address":
        await mark_bad(session, conversation.address_id, update.error_code or "", now())
