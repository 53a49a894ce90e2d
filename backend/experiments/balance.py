"""How alike the arms were when people came in: standardised differences, without tests of significance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean

from backend.contacts.fields import Field
from backend.experiments.eligibility import UNKNOWN
from backend.experiments.estimates import standardised_means, standardised_shares
from backend.experiments.material import Subject

MOST_LEVELS = 12
LARGE = 0.1  # what is usually looked at twice


@dataclass(frozen=True)
class BalanceRow:
    """A line of the table: means or shares by arm, and the standardised differences from control."""

    title: str
    share: bool
    by_arm: Mapping[str, float | None]
    differences: Mapping[str, float | None]

    @property
    def large(self) -> bool:
        return any(one is not None and abs(one) > LARGE for one in self.differences.values())


def balance(
    subjects: Sequence[Subject], arms: Sequence[str], baseline: Sequence[str], fields: Mapping[str, Field]
) -> list[BalanceRow]:
    """A line for each number or date, one for each level of what has words. The first arm is the control."""
    by_arm = {arm: [one for one in subjects if one.arm == arm] for arm in arms}
    found: list[BalanceRow] = []
    for name in baseline:
        field = fields.get(name, Field(name, name))
        found += [_numbers(field, by_arm)] if field.kind in ("number", "date") else list(_levels(field, by_arm))
    return found


def _numbers(field: Field, by_arm: Mapping[str, Sequence[Subject]]) -> BalanceRow:
    values = {
        arm: [number for one in own if (number := _number(field, one)) is not None] for arm, own in by_arm.items()
    }
    control, *others = values
    return BalanceRow(
        f"{field.title} (días desde la asignación)" if field.kind == "date" else field.title,
        False,
        {arm: fmean(own) if own else None for arm, own in values.items()},
        {arm: standardised_means(values[arm], values[control]) for arm in others},
    )


def _number(field: Field, subject: Subject) -> float | None:
    """A date counts as the days from joining to it."""
    written = subject.baseline.get(field.key)
    if written is None:
        return None
    if field.kind == "date":
        return float((date.fromisoformat(written) - subject.joined_at.date()).days)
    return float(written)


def _levels(field: Field, by_arm: Mapping[str, Sequence[Subject]]) -> Iterator[BalanceRow]:
    counts = {arm: Counter(one.baseline.get(field.key, UNKNOWN) for one in own) for arm, own in by_arm.items()}
    control, *others = counts
    commonest = sum(counts.values(), Counter[str]()).most_common(MOST_LEVELS)
    for level, _ in sorted(commonest):
        shares = {arm: count[level] / len(by_arm[arm]) if by_arm[arm] else None for arm, count in counts.items()}
        yield BalanceRow(
            f"{field.title}: {level}", True, shares, {a: _apart(shares[a], shares[control]) for a in others}
        )


def _apart(arm: float | None, control: float | None) -> float | None:
    return None if arm is None or control is None else standardised_shares(arm, control)
