"""When a person is reminded of an appointment and asked how it went: plain arithmetic by their own clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

GAP = timedelta(hours=6)  # nobody is reminded of what they told or changed a moment ago
LAST = time(21)  # of its day: after that a reminder is not worth sending


@dataclass(frozen=True)
class Step:
    """A message about an appointment: days from its day, hour of the person's clock, words, and what it asks."""

    name: str
    days: int
    at: time
    say: str
    asks: str


STEPS: Mapping[str, Step] = {
    step.name: step
    for step in (
        Step("three_days", -3, time(10), "cita_en_tres_dias", "attendance"),
        Step("one_day", -1, time(10), "cita_manana", "attendance"),
        Step("follow_up", 1, time(10), "cita_asistencia", "attended"),
    )
}


def moment(step: Step, day: date, zone: ZoneInfo) -> datetime:
    """UTC; by the wall clock of the day on which it falls."""
    return datetime.combine(day + timedelta(days=step.days), step.at, zone).astimezone(UTC)


def deadline(step: Step, day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=step.days), LAST, zone).astimezone(UTC)


def next_step(day: date, zone: ZoneInfo, after: datetime) -> tuple[Step, datetime] | None:
    """The first step that falls later than `after`."""
    coming = ((step, moment(step, day, zone)) for step in STEPS.values())
    return next(((step, at) for step, at in coming if at > after), None)


def step_for(day: date, zone: ZoneInfo, first: str, now: datetime) -> Step | None:
    """The step from `first` on that is still worth sending now; a late process passes over what is past."""
    names = list(STEPS)
    left = (STEPS[name] for name in names[names.index(first) :])
    return next((step for step in left if moment(step, day, zone) <= now <= deadline(step, day, zone)), None)
