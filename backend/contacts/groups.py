"""Named sets of people."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.models import Group, GroupMember


async def group_ids(session: AsyncSession, names: Iterable[str]) -> dict[str, int]:
    """Groups by name, made where there is none."""
    wanted = sorted({name.strip() for name in names if name.strip()})
    if not wanted:
        return {}
    await session.execute(insert(Group).on_conflict_do_nothing(), [{"name": name} for name in wanted])
    return dict((await session.execute(select(Group.name, Group.id).where(Group.name.in_(wanted)))).all())


async def add_to_groups(session: AsyncSession, names: Iterable[str], contacts: Collection[int]) -> None:
    """Put people into groups; who is in one stays."""
    ids = await group_ids(session, names)
    rows = [{"group_id": group, "contact_id": contact} for group in ids.values() for contact in contacts]
    if rows:
        await session.execute(insert(GroupMember).on_conflict_do_nothing(), rows)


async def remove_from_groups(session: AsyncSession, contact_id: int, names: Iterable[str] | None = None) -> None:
    """Take a person out of these groups; None: out of all."""
    out = delete(GroupMember).where(GroupMember.contact_id == contact_id)
    if names is not None:
        out = out.where(GroupMember.group_id.in_(select(Group.id).where(Group.name.in_(list(names)))))
    await session.execute(out)


async def groups_of(session: AsyncSession, contacts: Collection[int]) -> dict[int, frozenset[str]]:
    """The groups of each of these people."""
    found: dict[int, set[str]] = {contact: set() for contact in contacts}
    member = select(GroupMember.contact_id, Group.name).join(Group, Group.id == GroupMember.group_id)
    for contact, name in await session.execute(member.where(GroupMember.contact_id.in_(contacts))):
        found[contact].add(name)
    return {contact: frozenset(names) for contact, names in found.items()}


async def members(session: AsyncSession, name: str) -> list[int]:
    """The people in a group, by contact id."""
    rows = select(GroupMember.contact_id).join(Group, Group.id == GroupMember.group_id).where(Group.name == name)
    return list((await session.scalars(rows.order_by(GroupMember.contact_id))).all())
