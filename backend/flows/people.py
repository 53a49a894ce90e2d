"""What flows may know of people: one look for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.contacts.fields import Value, values_of
from backend.contacts.groups import groups_of
from backend.contacts.models import Contact as Person
from backend.conversations.models import Conversation
from backend.experiments.assignment import arms_of
from backend.flows.state import Contact, World
from backend.office import FrontDesk

NAME = "nombre"  # the field that holds what a person wants to be called


async def worlds(session: AsyncSession, desk: FrontDesk, conversations: Sequence[Conversation]) -> dict[int, World]:
    """The world of a run, by conversation id: the person, the time there, and what the institution is called."""
    ids = sorted({one.contact_id for one in conversations})
    people = {one.id: one for one in await session.scalars(select(Person).where(Person.id.in_(ids)))}
    known = await values_of(session, desk.vault, ids)
    groups = await groups_of(session, ids)
    arms = await arms_of(session, ids)
    moment = now()
    return {
        one.id: World(
            contact=_contact(people[one.contact_id], known[one.contact_id], groups, arms),
            now=moment,
            zone=ZoneInfo(people[one.contact_id].timezone or desk.timezone),
            channel=one.channel,
            everywhere=desk.content.everywhere,
        )
        for one in conversations
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
