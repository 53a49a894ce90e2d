"""A trial's rows, read in one go, so that the arithmetic needs no database."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.contacts.fields import Field, known_fields
from backend.contacts.models import Contact
from backend.crypto import Vault
from backend.experiments.allocation import Row
from backend.experiments.assignment import listed
from backend.experiments.models import Assignment, Participant
from backend.experiments.outcomes import values_of_trial
from backend.experiments.protocol import Protocol
from backend.experiments.service import Trial, log_of


@dataclass(frozen=True)
class Subject:
    """A participant: the unit that was assigned, what was known when they came in, and what was measured since."""

    unit: str
    arm: str
    joined_at: datetime
    left: bool = False
    baseline: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    complete: frozenset[str] = frozenset()  # outcomes whose time is over


@dataclass(frozen=True)
class Change:
    """A line of the log."""

    at: datetime
    who: str
    what: str
    why: str


@dataclass(frozen=True)
class Material:
    """Everything that a report is worked out from."""

    trial: Trial
    rows: Sequence[Row]
    subjects: Sequence[Subject]
    fields: Mapping[str, Field]
    log: Sequence[Change]
    moment: datetime


async def gather(session: AsyncSession, vault: Vault, trial: Trial, zone: ZoneInfo, moment: datetime) -> Material:
    """Read what a report needs."""
    protocol, ended = trial.protocol, trial.ended_at
    values = await values_of_trial(session, vault, protocol, ended, zone)
    found = await session.execute(
        select(Participant, Assignment.unit, Assignment.arm, _gone().label("gone"))
        .join(Assignment, Assignment.id == Participant.assignment_id)
        .join(Contact, Contact.id == Participant.contact_id)
        .where(Participant.experiment == protocol.key)
        .order_by(Participant.joined_at, Participant.contact_id)
    )
    names, subjects = [one.name for one in protocol.outcomes], []
    for one, unit, arm, gone in found:
        own = {name: value for name in names if (value := values.get((one.contact_id, name))) is not None}
        complete = _complete(protocol, one.joined_at, ended, moment, zone)
        baseline = json.loads(vault.open(one.sealed_baseline))
        subjects.append(Subject(unit, arm, one.joined_at, gone, baseline, own, complete))
    log = [Change(one.at, one.who, one.what, one.why) for one in await log_of(session, protocol.key)]
    rows = await listed(session, protocol.key)
    return Material(trial, rows, subjects, await known_fields(session), log, moment)


def _gone() -> ColumnElement[bool]:
    return or_(Contact.opted_out_at.is_not(None), Contact.consented_at.is_(None))


def _complete(
    protocol: Protocol, joined: datetime, ended: datetime | None, moment: datetime, zone: ZoneInfo
) -> frozenset[str]:
    horizon = min(ended or moment, moment)
    return frozenset(one.name for one in protocol.outcomes if protocol.due(one, joined, ended, zone) <= horizon)
