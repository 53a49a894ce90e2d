"""Find or make the person behind an address, and remember who has left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Address, Contact
from backend.crypto import Vault


async def address_of(session: AsyncSession, vault: Vault, channel: str, sender: str, jurisdiction: str) -> Address:
    """The address row of a sender, made with its contact where it is new. Safe against two at the same moment."""
    fingerprint = vault.fingerprint(channel, sender)
    found = await _find(session, channel, fingerprint)
    if found is not None:
        return found
    contact = Contact(jurisdiction=jurisdiction)
    session.add(contact)
    await session.flush()
    made = await session.scalar(
        insert(Address)
        .values(contact_id=contact.id, channel=channel, fingerprint=fingerprint, sealed=vault.seal(sender))
        .on_conflict_do_nothing()
        .returning(Address.id)
    )
    if made is None:  # somebody else was quicker
        await session.delete(contact)
    address = await _find(session, channel, fingerprint)
    assert address is not None
    return address


async def _find(session: AsyncSession, channel: str, fingerprint: str) -> Address | None:
    return await session.scalar(select(Address).where(Address.channel == channel, Address.fingerprint == fingerprint))


async def opt_out(session: AsyncSession, contact_id: int, by: str, at: datetime) -> bool:
    """Record that a person left; False where it was known already."""
    gone = await session.execute(
        update(Contact)
        .where(Contact.id == contact_id, Contact.opted_out_at.is_(None))
        .values(opted_out_at=at, opted_out_by=by)
        .returning(Contact.id)
    )
    return gone.first() is not None


async def opt_in(session: AsyncSession, contact_id: int) -> bool:
    """Record that a person came back; False where they had not left."""
    back = await session.execute(
        update(Contact)
        .where(Contact.id == contact_id, Contact.opted_out_at.is_not(None))
        .values(opted_out_at=None, opted_out_by=None)
        .returning(Contact.id)
    )
    return back.first() is not None


async def mark_bad(session: AsyncSession, address_id: int, reason: str, at: datetime) -> None:
    """The provider says that nobody can be reached there."""
    await session.execute(update(Address).where(Address.id == address_id).values(bad_since=at, bad_reason=reason))
