"""A trial as it was written before it began. Read from YAML, kept as JSON, never changed once it runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson

Unit = Literal["person", "clinic"]
Kind = Literal["answer", "survey", "attendance"]
Missing = Literal["failure", "exclude"]
Keep = Literal["first", "last"]
UNITS: tuple[Unit, ...] = ("person", "clinic")
KINDS: tuple[Kind, ...] = ("answer", "survey", "attendance")
MISSING: tuple[Missing, ...] = ("failure", "exclude")
KEEP: tuple[Keep, ...] = ("first", "last")
BLOCKS = (2, 3)


@dataclass(frozen=True)
class Factor:
    """Something that arms are balanced by: a field of the person, numbers cut into bands, or a trait of the clinic."""

    field: str
    cuts: tuple[float, ...] = ()


@dataclass(frozen=True)
class Criterion:
    """What a field must say for a person to take part: one of `values`, or a number between `low` and `high`."""

    field: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Clinic:
    """A unit of a trial by clinics, known before the start, with its traits."""

    name: str
    traits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What is measured, at most `days` after the assignment (None: until the trial ends).

    answer: a flow's `outcome` called `answer`; survey: `result` of `flow`; attendance: an appointment kept or missed.
    With `positive` it is a proportion, without it a mean of numbers.
    """

    name: str
    title: str
    kind: Kind
    primary: bool = False
    positive: tuple[str, ...] = ()
    missing: Missing = "exclude"
    keep: Keep = "first"
    days: int | None = None
    answer: str = ""
    flow: str = ""
    result: str = ""

    @property
    def binary(self) -> bool:
        return bool(self.positive)


@dataclass(frozen=True)
class Protocol:
    """A trial. `arms` are names and weights, the first is the control; people of `campaigns` take part."""

    key: str
    title: str
    question: str
    unit: Unit
    arms: tuple[tuple[str, int], ...]
    seed: int
    starts_on: date
    ends_on: date
    campaigns: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    factors: tuple[Factor, ...] = ()
    baseline: tuple[str, ...] = ()
    eligible: tuple[Criterion, ...] = ()
    clinics: tuple[Clinic, ...] = ()
    clinic_field: str = ""
    blocks: tuple[int, ...] = BLOCKS  # how many times a block may hold the weights
    include_enrolled: bool = False  # also who was in the campaign before the trial began
    alpha: float = 0.05
    ethics_approval: str = ""
    reviewed_by: str = ""
    example: bool = False

    @property
    def control(self) -> str:
        return self.arms[0][0]

    @property
    def others(self) -> tuple[str, ...]:
        return tuple(arm for arm, _ in self.arms[1:])

    @property
    def confidence(self) -> float:
        """Of each interval: alpha is shared by the comparisons with control (Bonferroni)."""
        return 1 - self.alpha / len(self.others)

    @property
    def primary(self) -> Outcome:
        return next(one for one in self.outcomes if one.primary)

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field of a person that the trial reads."""
        factors = [one.field for one in self.factors] if self.unit == "person" else [self.clinic_field]
        named = [*factors, *self.baseline, *(one.field for one in self.eligible)]
        return tuple(dict.fromkeys(named))

    @property
    def digest(self) -> str:
        return hashlib.sha256(orjson.dumps(to_json(self), option=orjson.OPT_SORT_KEYS)).hexdigest()

    def recruits(self, moment: datetime, zone: ZoneInfo) -> bool:
        return self.starts_on <= moment.astimezone(zone).date() <= self.ends_on

    def due(self, outcome: Outcome, joined: datetime, ended: datetime | None, zone: ZoneInfo) -> datetime:
        """Until when an outcome of somebody who joined then counts."""
        if outcome.days is not None:
            return joined + timedelta(days=outcome.days)
        closing = datetime.combine(self.ends_on + timedelta(days=1), time(), zone)
        return min(ended, closing) if ended else closing


def to_json(protocol: Protocol) -> dict[str, Any]:
    """What the table keeps; `from_json` reads it back."""
    document: dict[str, Any] = orjson.loads(orjson.dumps(protocol))
    return document


def from_json(document: Mapping[str, Any]) -> Protocol:
    made = {
        "arms": tuple((arm, weight) for arm, weight in document["arms"]),
        "starts_on": date.fromisoformat(document["starts_on"]),
        "ends_on": date.fromisoformat(document["ends_on"]),
        "outcomes": tuple(Outcome(**{**one, "positive": tuple(one["positive"])}) for one in document["outcomes"]),
        "factors": tuple(Factor(one["field"], tuple(one["cuts"])) for one in document["factors"]),
        "eligible": tuple(Criterion(**{**one, "values": tuple(one["values"])}) for one in document["eligible"]),
        "clinics": tuple(
            Clinic(one["name"], tuple((trait, value) for trait, value in one["traits"])) for one in document["clinics"]
        ),
        **{name: tuple(document[name]) for name in ("campaigns", "baseline", "blocks")},
    }
    return Protocol(**{**document, **made})


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The parts in which two protocols differ."""
    return sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
