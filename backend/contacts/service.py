"""Find or make the people behind addresses, and remember who has left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    ScalarSelect,
    Select,
    Text,
    any_,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Address, Contact
from backend.crypto import Vault

Sender = tuple[str, str]  # channel, and what the channel calls a person
OWNER = func.coalesce(Contact.shares_with, Contact.id)  # of the telephone that somebody uses
NEW_CONTACT = insert(Contact).returning(Contact.id)
NEW_ADDRESS = insert(Address).on_conflict_do_nothing().returning(Address.contact_id)


async def addresses_of(
    session: AsyncSession, vault: Vault, senders: Iterable[Sender], jurisdiction: str
) -> dict[Sender, Address]:
    """The address row of each sender, made with its contact where it is new. Safe against two at the same moment."""
    prints = fingerprints(vault, senders)
    found = await _find(session, prints)
    if new := {one: prints[one] for one in sorted(prints) if prints[one] not in found}:
        await _make(session, vault, new, jurisdiction)
        found |= await _find(session, new)
    return found


def fingerprints(vault: Vault, senders: Iterable[Sender]) -> dict[str, Sender]:
    return {vault.fingerprint(*sender): sender for sender in senders}


def among(prints: Mapping[str, Sender]) -> ColumnElement[bool]:
    """A condition for the addresses with these fingerprints; the same statement for any number of them."""
    channels = sorted({channel for channel, _ in prints.values()})
    own = Address.fingerprint == any_(literal(list(prints), ARRAY(Text)))
    return own & (Address.channel == any_(literal(channels, ARRAY(Text))))


async def _find(session: AsyncSession, prints: Mapping[str, Sender]) -> dict[Sender, Address]:
    return {prints[row.fingerprint]: row for row in await session.scalars(select(Address).where(among(prints)))}


async def _make(session: AsyncSession, vault: Vault, prints: Mapping[str, Sender], jurisdiction: str) -> None:
    people = (await session.scalars(NEW_CONTACT, [{"jurisdiction": jurisdiction}] * len(prints))).all()
    rows = [
        {"contact_id": person, "channel": channel, "fingerprint": one, "sealed": vault.seal(sender)}
        for person, (one, (channel, sender)) in zip(people, prints.items(), strict=True)
    ]
    made = (await session.scalars(NEW_ADDRESS, rows)).all()
    if unused := set(people) - set(made):  # somebody else was quicker
        await session.execute(delete(Contact).where(Contact.id.in_(unused)))


def on_phone_of(contact_id: int | ScalarSelect[int]) -> Select[int]:
    """The ids of everybody on this person's telephone, their own among them."""
    owner = select(OWNER).where(Contact.id == contact_id).scalar_subquery()
    return select(Contact.id).where(or_(Contact.id == owner, Contact.shares_with == owner))


async def opt_out(session: AsyncSession, contact_id: int, by: str, at: datetime) -> bool:
    """Record that a person left, and with them whoever shares the telephone; False where it was known already."""
    gone = await session.execute(
        update(Contact)
        .where(Contact.id.in_(on_phone_of(contact_id)), Contact.opted_out_at.is_(None))
        .values(opted_out_at=at, opted_out_by=by)
        .returning(Contact.id)
    )
    return gone.first() is not None


async def opt_in(session: AsyncSession, contact_id: int) -> bool:
    """Record that whoever uses this telephone came back; False where they had not left."""
    back = await session.execute(
        update(Contact)
        .where(Contact.id.in_(on_phone_of(contact_id)), Contact.opted_out_at.is_not(None))
        .values(opted_out_at=None, opted_out_by=None)
        .returning(Contact.id)
    )
    return back.first() is not None


async def mark_bad(session: AsyncSession, address_id: int, reason: str, at: datetime) -> None:
    """The provider says that nobody can be reached there."""
    await session.execute(update(Address).where(Address.id == address_id).values(bad_since=at, bad_reason=reason))
