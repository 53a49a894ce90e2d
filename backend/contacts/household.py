"""Several people on one telephone: who shares it, and whom a message that names somebody is about.

The first of them owns the addresses; each other is a person of her own who `shares_with` the owner.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend.campaigns.models import Enrolment
from backend.campaigns.moving import COMPLETED
from backend.contacts.fields import NAME, values_of
from backend.contacts.models import Contact
from backend.contacts.service import OWNER
from backend.crypto import Vault
from bot.text.folding import key, words


@dataclass(frozen=True)
class Member:
    """Somebody on a telephone; the name may be empty. `takes_part`: in a campaign, perhaps one that said everything."""

    contact_id: int
    name: str
    takes_part: bool


async def people_on_phone(session: AsyncSession, vault: Vault, contact_id: int) -> list[Member]:
    """Everybody on this person's telephone, the owner first."""
    owner = (await session.scalars(select(OWNER).where(Contact.id == contact_id))).one()
    return (await homes_of(session, vault, [owner]))[owner]


async def homes_of(session: AsyncSession, vault: Vault, owners: Collection[int]) -> dict[int, list[Member]]:
    """Everybody on the telephones of these owners, by owner, who comes first."""
    rows = (await session.execute(_members(owners))).all()
    known = await values_of(session, vault, [row.id for row in rows])
    homes: dict[int, list[Member]] = {owner: [] for owner in owners}
    for row in rows:
        homes[row.owner].append(Member(row.id, str(known[row.id].get(NAME, "")), row.takes_part))
    return homes


async def sharing(session: AsyncSession, vault: Vault, contacts: Collection[int]) -> Mapping[int, Sequence[Member]]:
    """Of these people, those on whose telephone several take part: all who do, themselves among them."""
    other = aliased(Contact)
    shared = or_(Contact.shares_with.is_not(None), exists().where(other.shares_with == Contact.id))
    asked = select(Contact.id, OWNER).where(Contact.id.in_(contacts), shared)
    owners = dict((await session.execute(asked)).all())
    if not owners:
        return {}
    homes = await homes_of(session, vault, set(owners.values()))
    taking_part = {owner: [one for one in home if one.takes_part] for owner, home in homes.items()}
    return {id_: taking_part[owner] for id_, owner in owners.items() if len(taking_part[owner]) > 1}


def _members(owners: Collection[int]) -> Select[int, int, bool]:
    going = or_(Enrolment.status != "ended", Enrolment.reason == COMPLETED)
    takes_part = exists().where(Enrolment.contact_id == Contact.id, going)
    return (
        select(Contact.id, OWNER.label("owner"), takes_part.label("takes_part"))
        .where(or_(Contact.id.in_(owners), Contact.shares_with.in_(owners)))
        .order_by(OWNER, Contact.id)
    )


def names(homes: Mapping[int, Sequence[Member]]) -> dict[int, str]:
    """What each of these people is called."""
    return {member.contact_id: member.name for home in homes.values() for member in home}


def addressed(text: str, name: str) -> str:
    """A message to a telephone by which several take part: it says whom it is for."""
    return f"{name}: {text}" if name and name not in text else text


def namesake(people: Sequence[Member], name: str) -> Member | None:
    """Whom of these an enrolment under this name is about; None: somebody new to the telephone.

    A telephone by which nobody takes part is its owner's, whatever she is called now.
    """
    same = next((one for one in people if same_name(one.name, name)), None)
    nameless = next((one for one in people if one.takes_part and not one.name), None)
    nobody = not any(one.takes_part for one in people)
    return same or nameless or (people[0] if nobody else None)


async def another_on_phone_of(session: AsyncSession, owner_id: int) -> int:
    """Somebody new, who shares the owner's telephone; answers her id."""
    owner = await session.get_one(Contact, owner_id)
    new = Contact(
        jurisdiction=owner.jurisdiction, timezone=owner.timezone, language=owner.language, shares_with=owner.id
    )
    session.add(new)
    await session.flush()
    return new.id


def may_be(people: Sequence[Member], name: str) -> list[Member]:
    """Whom of a telephone's people somebody with this name is; without a name, anybody of them."""
    return [one for one in people if not name or same_name(one.name, name)]


def same_name(one: str, two: str) -> bool:
    """«Rosa» and «rosa maría» are one person, «María José» and «María Elena» two."""
    first, second = ({key(word) for word in words(name)} for name in (one, two))
    return bool(first and second) and (first <= second or second <= first)
