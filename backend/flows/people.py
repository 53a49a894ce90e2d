"""What flows may know of people: one look for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.contacts.fields import NAME, Value, values_of
from backend.contacts.groups import groups_of
from backend.contacts.household import sharing
from backend.contacts.models import Contact as Person
from backend.conversations.models import Conversation
from backend.experiments.assignment import arms_of
from backend.flows.state import Contact, World
from backend.office import FrontDesk

Whose = tuple[Conversation, int]  # where a run takes place, and the person it is about


async def worlds(session: AsyncSession, desk: FrontDesk, runs: Sequence[Whose]) -> dict[tuple[int, int], World]:
    """The world of a run, by the ids of conversation and person: who it is, the time there, and what the institution
    is called."""
    homes = await sharing(session, desk.vault, {contact for _, contact in runs})
    members = {member.contact_id for home in homes.values() for member in home}
    ids = sorted({contact for _, contact in runs} | members)
    people = {one.id: one for one in await session.scalars(select(Person).where(Person.id.in_(ids)))}
    known = await values_of(session, desk.vault, ids)
    groups = await groups_of(session, ids)
    arms = await arms_of(session, ids)
    contacts = {id_: _contact(people[id_], known[id_], groups, arms) for id_ in ids}
    moment = now()
    return {
        (one.id, contact): World(
            contact=contacts[contact],
            now=moment,
            zone=ZoneInfo(people[contact].timezone or desk.timezone),
            channel=one.channel,
            everywhere=desk.content.everywhere,
            household=tuple(contacts[member.contact_id] for member in homes.get(contact, ())),
        )
        for one, contact in runs
    }


def _contact(
    person: Person,
    known: Mapping[str, Value],
    groups: Mapping[int, frozenset[str]],
    arms: Mapping[int, Mapping[str, str]],
) -> Contact:
    fields = {key: value.isoformat() if isinstance(value, date) else value for key, value in known.items()}
    return Contact(
        id=str(person.id),
        name=fields.get(NAME, ""),
        language=person.language or "",
        groups=groups.get(person.id, frozenset()),
        fields=fields,
        arms=arms.get(person.id, {}),
        created_on=person.created_at.date().isoformat(),
    )
