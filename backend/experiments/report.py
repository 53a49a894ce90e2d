"""What a trial has come to: who is in it, how alike the arms are, the differences, and all that was changed.

Pure: material in, report out. Importing this loads scipy, which takes seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from backend.experiments.allocation import Row, audit
from backend.experiments.analysis import Result, analyse
from backend.experiments.balance import BalanceRow, balance
from backend.experiments.material import Change, Material
from backend.experiments.protocol import Protocol


@dataclass(frozen=True)
class Flow:
    """What became of the people of an arm, by the primary outcome. The last four add up to `assigned`."""

    arm: str
    units: int  # places taken: people, or clinics
    assigned: int
    left: int  # asked for no more messages; analysed all the same
    forgotten: int  # asked to be forgotten: nothing is left to analyse
    waiting: int  # their time is not over
    lost: int  # their time is over and nothing is known
    measured: int


@dataclass(frozen=True)
class Report:
    """Everything that a page or a file says of a trial."""

    protocol: Protocol
    digest: str
    state: str
    moment: datetime
    started_at: datetime | None
    ended_at: datetime | None
    final: bool  # over, and nobody's time is still running: before that it may not decide anything
    flow: tuple[Flow, ...]
    strata: Mapping[str, Mapping[str, int]]  # stratum -> arm -> places taken
    balance: tuple[BalanceRow, ...]
    results: tuple[Result, ...]
    log: tuple[Change, ...]
    audit: tuple[str, ...]  # faults of the list of assignments

    def to_json(self) -> dict[str, Any]:
        document: dict[str, Any] = orjson.loads(orjson.dumps(self))
        return document | {"confidence": self.protocol.confidence}


def report(material: Material) -> Report:
    """Work out a report."""
    trial, protocol = material.trial, material.trial.protocol
    arms = [arm for arm, _ in protocol.arms]
    flow = tuple(_flow(material, arm) for arm in arms)
    return Report(
        protocol=protocol,
        digest=trial.digest,
        state=trial.state,
        moment=material.moment,
        started_at=trial.started_at,
        ended_at=trial.ended_at,
        final=trial.ended_at is not None and not any(one.waiting for one in flow),
        flow=flow,
        strata=_strata(material.rows, arms),
        balance=tuple(balance(material.subjects, arms, protocol.baseline, material.fields)),
        results=tuple(analyse(protocol, material.subjects, one) for one in protocol.outcomes),
        log=tuple(material.log),
        audit=tuple(audit(protocol, material.rows)),
    )


def _flow(material: Material, arm: str) -> Flow:
    protocol = material.trial.protocol
    primary = protocol.primary.name
    own = [one for one in material.subjects if one.arm == arm]
    units = [row for row in material.rows if row.arm == arm]
    forgotten = len(units) - len(own) if protocol.unit == "person" else 0
    ripe = [one for one in own if primary in one.complete]
    measured = sum(primary in one.values for one in ripe)
    return Flow(
        arm=arm,
        units=len(units),
        assigned=len(own) + forgotten,
        left=sum(one.left for one in own),
        forgotten=forgotten,
        waiting=len(own) - len(ripe),
        lost=len(ripe) - measured,
        measured=measured,
    )


def _strata(rows: Sequence[Row], arms: Sequence[str]) -> dict[str, dict[str, int]]:
    counts = Counter((row.stratum, row.arm) for row in rows)
    return {stratum: {arm: counts[stratum, arm] for arm in arms} for stratum in sorted({row.stratum for row in rows})}
