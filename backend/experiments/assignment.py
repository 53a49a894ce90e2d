"""Taking people into running trials, and telling which arm somebody is in."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.models import Enrolment
from backend.contacts.fields import Value, values_of
from backend.contacts.models import Contact
from backend.crypto import Vault
from backend.experiments.allocation import Row, places
from backend.experiments.eligibility import clinic_of, stratum_of, takes_part
from backend.experiments.models import Assignment, Experiment, Participant
from backend.experiments.protocol import Protocol, from_json

RUNNING = and_(Experiment.started_at.is_not(None), Experiment.ended_at.is_(None))


async def take_in(
    session: AsyncSession, vault: Vault, contacts: Collection[int], at: datetime, zone: ZoneInfo
) -> dict[tuple[int, str], str]:
    """Assign whoever of these may take part and does not yet; answers the arms by (contact, campaign).

    Called just before somebody's first message of a campaign goes: nothing can happen between chance and treatment.
    """
    if not contacts:
        return {}
    for key in await _newcomers(session, contacts):
        experiment = await session.get(Experiment, key, with_for_update={"key_share": True}, populate_existing=True)
        if experiment is None or experiment.ended_at is not None:
            continue
        protocol = from_json(experiment.protocol)
        if protocol.recruits(at, zone):
            # read again under the lock: another process may have taken them in meanwhile
            await _join(session, vault, protocol, (await _newcomers(session, contacts)).get(key, []), at)
    return await campaign_arms(session, contacts)


async def _newcomers(session: AsyncSession, contacts: Collection[int]) -> dict[str, list[int]]:
    """Who is in a campaign of a running trial, consents, and is not in the trial yet: by trial, oldest first."""
    inside = select(Participant.contact_id).where(
        Participant.contact_id == Enrolment.contact_id, Participant.experiment == Experiment.key
    )
    since = Experiment.protocol["include_enrolled"].astext == "true"
    rows = await session.execute(
        select(Experiment.key, Enrolment.contact_id)
        .join(Enrolment, Experiment.protocol["campaigns"].has_key(Enrolment.campaign))
        .join(Contact, Contact.id == Enrolment.contact_id)
        .where(
            RUNNING,
            Enrolment.contact_id.in_(contacts),
            Enrolment.status == "active",
            Contact.consented_at.is_not(None),
            Contact.opted_out_at.is_(None),
            since | (Enrolment.enrolled_at >= Experiment.started_at),
            ~inside.exists(),
        )
        .group_by(Experiment.key, Enrolment.contact_id)
        .order_by(Experiment.key, func.min(Enrolment.enrolled_at), Enrolment.contact_id)
    )
    found: dict[str, list[int]] = {}
    for key, contact in rows:
        found.setdefault(key, []).append(contact)
    return found


async def _join(session: AsyncSession, vault: Vault, protocol: Protocol, contacts: Sequence[int], at: datetime) -> None:
    known = await values_of(session, vault, contacts)
    joining = {one: known[one] for one in contacts if takes_part(protocol, known[one])}
    if protocol.unit == "person":
        units = [(str(one), stratum_of(protocol, values)) for one, values in joining.items()]
        ids = await assign_units(session, protocol, units, at)
        places_of = {one: ids[str(one)] for one in joining}
    else:
        ids = await _clinics(session, protocol.key)
        named = {one: clinic_of(protocol, values) for one, values in joining.items()}
        places_of = {one: ids[clinic] for one, clinic in named.items() if clinic is not None}
    rows = [
        {"experiment": protocol.key, "contact_id": one, "assignment_id": place, "joined_at": at,
         "sealed_baseline": vault.seal(_baseline(protocol, joining[one]))}
        for one, place in places_of.items()
    ]  # fmt: skip
    if rows:
        await session.execute(insert(Participant), rows)


def _baseline(protocol: Protocol, known: Mapping[str, Value]) -> str:
    kept: dict[str, Any] = {field: str(known[field]) for field in protocol.baseline if field in known}
    return json.dumps(kept, ensure_ascii=False)


async def assign_units(
    session: AsyncSession, protocol: Protocol, units: Sequence[tuple[str, str]], at: datetime
) -> dict[str, int]:
    """Give units, as (unit, stratum), the next places of their strata, in this order; the trial's row is locked.

    Answers the ids of the assignments by unit.
    """
    counted = select(Assignment.stratum, func.count()).where(Assignment.experiment == protocol.key)
    taken = dict((await session.execute(counted.group_by(Assignment.stratum))).all())
    by_stratum: dict[str, list[str]] = {}
    for unit, stratum in units:
        by_stratum.setdefault(stratum, []).append(unit)
    rows = [
        {"experiment": protocol.key, "unit": unit, "stratum": stratum, "position": first + n, "arm": arm, "at": at}
        for stratum, own in by_stratum.items()
        for first in [taken.get(stratum, 0)]
        for n, (unit, arm) in enumerate(zip(own, places(protocol, stratum, first, len(own)), strict=True))
    ]
    if not rows:
        return {}
    made = await session.execute(insert(Assignment).returning(Assignment.unit, Assignment.id), rows)
    return dict(made.all())


async def _clinics(session: AsyncSession, key: str) -> dict[str, int]:
    rows = await session.execute(select(Assignment.unit, Assignment.id).where(Assignment.experiment == key))
    return dict(rows.all())


async def arms_of(session: AsyncSession, contacts: Collection[int]) -> dict[int, dict[str, str]]:
    """The arms of these people by trial; people of a trial that is over keep their words."""
    found: dict[int, dict[str, str]] = {contact: {} for contact in contacts}
    rows = select(Participant.contact_id, Participant.experiment, Assignment.arm).join(
        Assignment, Assignment.id == Participant.assignment_id
    )
    for contact, experiment, arm in await session.execute(rows.where(Participant.contact_id.in_(contacts))):
        found[contact][experiment] = arm
    return found


async def campaign_arms(session: AsyncSession, contacts: Collection[int]) -> dict[tuple[int, str], str]:
    """Which of the words of a campaign these people read, by (contact, campaign); the latest trial decides."""
    rows = await session.execute(
        select(Participant.contact_id, Experiment.protocol["campaigns"], Assignment.arm)
        .join(Assignment, Assignment.id == Participant.assignment_id)
        .join(Experiment, Experiment.key == Participant.experiment)
        .where(Participant.contact_id.in_(contacts))
        .order_by(Experiment.started_at)
    )
    return {(contact, campaign): arm for contact, campaigns, arm in rows for campaign in campaigns}


async def listed(session: AsyncSession, key: str) -> list[Row]:
    """The list of assignments of a trial, as an auditor gets it."""
    rows = select(Assignment).where(Assignment.experiment == key).order_by(Assignment.stratum, Assignment.position)
    return [Row(one.unit, one.stratum, one.position, one.arm, one.at) for one in await session.scalars(rows)]
