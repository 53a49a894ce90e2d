"""The life of a trial: files seen, start, notes, end. Whatever happens to one after its start is written down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.experiments.assignment import assign_units
from backend.experiments.eligibility import clinic_stratum
from backend.experiments.models import Experiment, ExperimentChange
from backend.experiments.protocol import Protocol, changed_keys, from_json, to_json

FILES = "archivos"  # who, where nobody did it by hand
GONE = ""


class Refused(Exception):
    """The trial cannot do that now; the message says why and what to do."""


@dataclass(frozen=True)
class Trial:
    """A trial as it stands."""

    protocol: Protocol
    digest: str
    started_at: datetime | None
    started_by: str | None
    ended_at: datetime | None

    @property
    def state(self) -> str:
        if self.started_at is None:
            return "sin empezar"
        return "terminado" if self.ended_at else "en marcha"


async def see_files(session: AsyncSession, protocols: Iterable[Protocol], at: datetime) -> list[str]:
    """Bring protocols into the table; answers the deviations.

    What has not started becomes what its file says. What has started stays as it was, and the difference is logged,
    once for each state of the file.
    """
    files = {one.key: one for one in protocols}
    deviations = []
    for row in await session.scalars(select(Experiment).order_by(Experiment.key).with_for_update()):
        file = files.pop(row.key, None)
        digest = file.digest if file else GONE
        if digest == row.file_digest:
            continue
        row.file_digest = digest
        if row.started_at is None and file:
            row.protocol, row.digest = to_json(file), digest
        elif row.started_at is not None:
            what = _difference(row, file)
            session.add(_change(row.key, FILES, "deviation", what, at))
            deviations.append(f"{row.key}: {what}")
    new = [
        {"key": one.key, "protocol": to_json(one), "digest": one.digest, "file_digest": one.digest}
        for one in files.values()
    ]
    if new:
        await session.execute(insert(Experiment).on_conflict_do_nothing(), new)
    return deviations


def _difference(row: Experiment, file: Protocol | None) -> str:
    if file is None:
        return "se quitó el archivo; sigue valiendo el protocolo con que empezó"
    if file.digest == row.digest:
        return "el archivo volvió a ser el protocolo con que empezó"
    keys = ", ".join(changed_keys(row.protocol, to_json(file)))
    return f"cambió el archivo ({keys}); sigue valiendo el protocolo con que empezó"


async def start(session: AsyncSession, key: str, who: str, at: datetime, *, production: bool) -> Trial:
    """Fix the protocol and let people in; clinics get their arms at once. Raises Refused."""
    row = await _locked(session, key)
    if row.started_at is not None:
        raise Refused(f"«{key}» empezó el {row.started_at:%Y-%m-%d}; un estudio empieza una sola vez")
    protocol = from_json(row.protocol)
    faults = [*(_unsigned(protocol) if production else ()), *await _collisions(session, protocol)]
    if faults:
        raise Refused("\n".join(f"{key}: {fault}" for fault in faults))
    row.started_at, row.started_by = at, who
    session.add(_change(key, who, "started", f"protocolo {row.digest}", at))
    await session.flush()
    if protocol.unit == "clinic":
        await assign_units(
            session, protocol, [(one.name, clinic_stratum(protocol, one)) for one in protocol.clinics], at
        )
    return _trial(row)


def _unsigned(protocol: Protocol) -> Iterable[str]:
    """What production asks of a protocol before people are in it."""
    if protocol.example:
        yield "example: es de ejemplo; escribe el tuyo"
    if not protocol.ethics_approval:
        yield "ethics_approval: falta el dictamen del comité de ética (comité, número y fecha)"
    if not protocol.reviewed_by:
        yield "reviewed_by: falta quién firma el protocolo"


async def _collisions(session: AsyncSession, protocol: Protocol) -> list[str]:
    """Two trials in one campaign would both decide its words."""
    running = [one for one in await trials(session) if one.state == "en marcha"]
    return [
        f"campaigns: {campaign} ya es de «{one.protocol.key}», que está en marcha; termínalo antes"
        for one in running
        for campaign in sorted({*one.protocol.campaigns} & {*protocol.campaigns})
    ]


async def end(session: AsyncSession, key: str, who: str, why: str, at: datetime) -> Trial:
    """Let nobody in any more and measure nothing after now. Raises Refused."""
    row = await _locked(session, key)
    if row.started_at is None or row.ended_at is not None:
        raise Refused(f"«{key}» no está en marcha")
    row.ended_at = at
    session.add(_change(key, who, "ended", _said(why), at))
    return _trial(row)


async def note(session: AsyncSession, key: str, who: str, why: str, at: datetime) -> None:
    """Write down something that whoever reads the result should know. Raises Refused."""
    await _locked(session, key)
    session.add(_change(key, who, "note", _said(why), at))


def _said(why: str) -> str:
    if not why.strip():
        raise Refused("escribe por qué: queda en la bitácora del estudio")
    return why.strip()


def _change(key: str, who: str, what: str, why: str, at: datetime) -> ExperimentChange:
    return ExperimentChange(experiment=key, at=at, who=who, what=what, why=why)


async def _locked(session: AsyncSession, key: str) -> Experiment:
    row = await session.get(Experiment, key, with_for_update=True)
    if row is None:
        raise Refused(f"no existe el estudio «{key}»; se escribe en data/services/<servicio>/experiments/{key}.yml")
    return row


def _trial(row: Experiment) -> Trial:
    return Trial(from_json(row.protocol), row.digest, row.started_at, row.started_by, row.ended_at)


async def trials(session: AsyncSession) -> list[Trial]:
    """Every trial, by name."""
    return [_trial(row) for row in await session.scalars(select(Experiment).order_by(Experiment.key))]


async def find(session: AsyncSession, key: str) -> Trial | None:
    row = await session.get(Experiment, key)
    return _trial(row) if row else None


async def log_of(session: AsyncSession, key: str) -> list[ExperimentChange]:
    """What happened to a trial, oldest first."""
    rows = select(ExperimentChange).where(ExperimentChange.experiment == key).order_by(ExperimentChange.id)
    return list(await session.scalars(rows))
