"""The conversations that messages belong to: found or made, and locked, for a whole batch at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from backend.contacts.models import Address
from backend.contacts.service import Sender, addresses_of, among, fingerprints
from backend.conversations.models import Conversation
from backend.crypto import Vault
from channels.base import Inbound

Place = tuple[Sender, str]  # who wrote, and to which number or page
NEW = insert(Conversation).on_conflict_do_nothing(constraint="uq_conversations_address_line")
LOCKED = (
    select(Conversation, Address.fingerprint)
    .join(Address, Address.id == Conversation.address_id)
    .options(
        load_only(
            Conversation.contact_id, Conversation.channel, Conversation.line, Conversation.expect, Conversation.floor
        )
    )
    .order_by(Conversation.id)  # everybody locks in this order, so nobody waits in a circle
    .with_for_update(of=Conversation, key_share=True)
)


def place_of(message: Inbound) -> Place:
    return (message.channel, message.sender), message.line


async def conversations_of(
    session: AsyncSession, vault: Vault, messages: Iterable[Inbound], jurisdiction: str
) -> dict[Place, Conversation]:
    """The conversation of each message, made with address and contact where it is new, locked until the commit."""
    wanted = {place_of(message) for message in messages}
    found = await _locked(session, vault, wanted)
    if new := wanted - found.keys():
        await _make(session, vault, new, jurisdiction)
        found |= await _locked(session, vault, new)
    return found


async def _locked(session: AsyncSession, vault: Vault, places: Collection[Place]) -> dict[Place, Conversation]:
    prints = fingerprints(vault, (sender for sender, _ in places))
    rows = await session.execute(LOCKED.where(among(prints)))
    return {(prints[one], conversation.line): conversation for conversation, one in rows}


async def _make(session: AsyncSession, vault: Vault, places: Collection[Place], jurisdiction: str) -> None:
    addresses = await addresses_of(session, vault, {sender for sender, _ in places}, jurisdiction)
    rows = [
        {"contact_id": addresses[sender].contact_id, "address_id": addresses[sender].id, "line": line}
        | {"channel": sender[0]}
        for sender, line in sorted(places)
    ]
    await session.execute(NEW, rows)
