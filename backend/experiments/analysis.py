"""Intention to treat: everybody in the arm they were given, whatever they did. Pure: people in, comparisons out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from backend.experiments.estimates import Interval, means, proportions
from backend.experiments.material import Subject
from backend.experiments.protocol import Outcome, Protocol
from bot.text.folding import fold


@dataclass(frozen=True)
class ArmResult:
    """One outcome in one arm. `value` is the proportion or the mean, of clinics where clinics were assigned."""

    arm: str
    people: int  # analysed
    units: int
    missing: int  # without a value, whatever the protocol does with them
    value: float | None


@dataclass(frozen=True)
class Comparison:
    """An arm beside the control; None where an arm has nobody yet."""

    arm: str
    interval: Interval | None


@dataclass(frozen=True)
class Result:
    """An outcome in every arm and each comparison with control."""

    outcome: Outcome
    arms: tuple[ArmResult, ...]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True)
class _Sample:
    """The numbers of an arm: of people, or the means of its clinics."""

    people: int
    units: int
    missing: int
    numbers: tuple[float, ...]


def analyse(protocol: Protocol, subjects: Sequence[Subject], outcome: Outcome) -> Result:
    """Only who has had the whole time to reach the outcome counts: an early success alone would flatter."""
    ripe = [one for one in subjects if outcome.name in one.complete]
    samples = {arm: _sample(protocol, outcome, [one for one in ripe if one.arm == arm]) for arm, _ in protocol.arms}
    results = tuple(
        ArmResult(arm, own.people, own.units, own.missing, fmean(own.numbers) if own.numbers else None)
        for arm, own in samples.items()
    )
    control = samples[protocol.control]
    by_people = outcome.binary and protocol.unit == "person"
    compared = tuple(
        Comparison(arm, _compare(samples[arm], control, protocol.confidence, by_people)) for arm in protocol.others
    )
    return Result(outcome, results, compared)


def _sample(protocol: Protocol, outcome: Outcome, subjects: Sequence[Subject]) -> _Sample:
    counted = [(one.unit, number) for one in subjects if (number := number_of(outcome, one)) is not None]
    missing = sum(_read(outcome, one.values.get(outcome.name)) is None for one in subjects)
    units: dict[str, list[float]] = {}
    for unit, number in counted:
        units.setdefault(unit, []).append(number)
    numbers = [fmean(own) for own in units.values()] if protocol.unit == "clinic" else [one for _, one in counted]
    return _Sample(len(counted), len(units), missing, tuple(numbers))


def number_of(outcome: Outcome, subject: Subject) -> float | None:
    """1 or 0, or the number itself; None: not analysed."""
    found = _read(outcome, subject.values.get(outcome.name))
    return 0.0 if found is None and outcome.missing == "failure" else found


def _read(outcome: Outcome, value: str | None) -> float | None:
    if value is None:
        return None
    if outcome.binary:
        return float(fold(value) in {fold(one) for one in outcome.positive})
    try:
        return float(value)
    except ValueError:
        return None


def _compare(arm: _Sample, control: _Sample, confidence: float, by_people: bool) -> Interval | None:
    if by_people:
        return proportions(
            int(sum(arm.numbers)), len(arm.numbers), int(sum(control.numbers)), len(control.numbers), confidence
        )
    return means(arm.numbers, control.numbers, confidence)
