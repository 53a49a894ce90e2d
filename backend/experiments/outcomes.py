"""What is measured: answers of flows and surveys, kept as they come; attendance, read from the appointments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.appointments.models import Appointment
from backend.crypto import Vault
from backend.experiments.assignment import RUNNING
from backend.experiments.models import Experiment, OutcomeValue, Participant
from backend.experiments.protocol import Outcome, Protocol, from_json

ATTENDANCE = ("kept", "missed")
TREATMENT = "trato"  # answer to «¿Cómo te trataron?» after an appointment, 1 to 5
Values = dict[tuple[int, str], str]  # by contact and outcome


@dataclass(frozen=True)
class Measured:
    """A value of an outcome of a participant."""

    protocol: Protocol
    contact_id: int
    outcome: Outcome
    value: str
    at: datetime


async def answered(
    session: AsyncSession, vault: Vault, contact_id: int, name: str, value: str, at: datetime, zone: ZoneInfo
) -> int:
    """A flow says that an outcome is this; answers in how many trials it counts."""

    def wanted(outcome: Outcome) -> str | None:
        return value if outcome.kind == "answer" and outcome.answer == name else None

    return await _measure(session, vault, contact_id, wanted, at, zone)


async def surveyed(
    session: AsyncSession, vault: Vault, contact_id: int, flow: str, results: Mapping[str, str], at: datetime,
    zone: ZoneInfo,
) -> int:  # fmt: skip
    """A run of the flow `<pack>/<name>` is over with these results; answers how many of them are outcomes."""

    def wanted(outcome: Outcome) -> str | None:
        same = outcome.kind == "survey" and outcome.flow in (flow, flow.rpartition("/")[2])
        return results.get(outcome.result) if same else None

    return await _measure(session, vault, contact_id, wanted, at, zone)


async def _measure(
    session: AsyncSession, vault: Vault, contact_id: int, wanted: Callable[[Outcome], str | None], at: datetime,
    zone: ZoneInfo,
) -> int:  # fmt: skip
    rows = await session.execute(
        select(Experiment.protocol, Participant.joined_at)
        .join(Participant, Participant.experiment == Experiment.key)
        .where(RUNNING, Participant.contact_id == contact_id)
    )
    measured = [
        Measured(protocol, contact_id, outcome, value, at)
        for protocol, joined in ((from_json(document), joined) for document, joined in rows)
        for outcome in protocol.outcomes
        if (value := wanted(outcome)) and joined <= at <= protocol.due(outcome, joined, None, zone)
    ]
    for one in measured:
        await _keep(session, vault, one)
    return len(measured)


async def _keep(session: AsyncSession, vault: Vault, one: Measured) -> None:
    """Of several the first or the last, as the protocol says, in whatever order they arrive."""
    put = insert(OutcomeValue).values(
        experiment=one.protocol.key, contact_id=one.contact_id, name=one.outcome.name,
        sealed_value=vault.seal(one.value), at=one.at,
    )  # fmt: skip
    new, old = put.excluded.at, OutcomeValue.at
    upsert = put.on_conflict_do_update(
        index_elements=["experiment", "contact_id", "name"],
        set_={"sealed_value": put.excluded.sealed_value, "at": new},
        where=new < old if one.outcome.keep == "first" else new >= old,
    )
    await session.execute(upsert)


async def values_of_trial(
    session: AsyncSession, vault: Vault, protocol: Protocol, ended: datetime | None, zone: ZoneInfo
) -> Values:
    """Everything measured of the participants, inside its window."""
    rows = await session.execute(select(OutcomeValue).where(OutcomeValue.experiment == protocol.key))
    stored = {(one.contact_id, one.name): vault.open(one.sealed_value) for one in rows.scalars()}
    return {**stored, **await _attendance(session, protocol, ended, zone)}


async def _attendance(session: AsyncSession, protocol: Protocol, ended: datetime | None, zone: ZoneInfo) -> Values:
    outcomes = [one for one in protocol.outcomes if one.kind == "attendance"]
    if not outcomes:
        return {}
    rows = await session.execute(
        select(Appointment.contact_id, Appointment.day, Appointment.status, Participant.joined_at)
        .join(Participant, Participant.contact_id == Appointment.contact_id)
        .where(
            Participant.experiment == protocol.key,
            Appointment.status.in_(ATTENDANCE),
            ~Appointment.of_telephone,  # of nobody in particular
        )
        .order_by(Appointment.day, Appointment.id)
    )
    counted = [
        ((contact, outcome.name), outcome.keep, status)
        for contact, day, status, joined in rows
        for outcome in outcomes
        if joined <= (moment := _noon(day, zone)) <= min(protocol.due(outcome, joined, ended, zone), ended or moment)
    ]
    found: Values = {}
    for key, keep, status in counted:
        if keep == "last" or key not in found:
            found[key] = status
    return found


def _noon(day: date, zone: ZoneInfo) -> datetime:
    """An appointment counts as of the middle of its day."""
    return datetime.combine(day, time(12), zone).astimezone(UTC)
