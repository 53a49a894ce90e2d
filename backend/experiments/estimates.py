"""Differences between arms with their confidence intervals, and how alike arms were before treatment.

Proportions: Newcombe (1998), Statistics in Medicine 17:873-890, method 10, from two Wilson intervals. Means: Welch.
Importing this loads scipy, which takes seconds: only who reads a report does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, stdev, variance

from scipy import stats

NO_SPREAD = 1e-18


@dataclass(frozen=True)
class Interval:
    """A difference and where it may lie; no limits where there is too little to tell."""

    difference: float
    low: float | None = None
    high: float | None = None


def proportions(successes: int, of: int, control_successes: int, control_of: int, confidence: float) -> Interval | None:
    """Arm minus control; None where an arm is empty."""
    if not of or not control_of:
        return None
    arm, control = successes / of, control_successes / control_of
    low, high = wilson(successes, of, confidence)
    control_low, control_high = wilson(control_successes, control_of, confidence)
    difference = arm - control
    return Interval(
        difference,
        difference - math.hypot(arm - low, control_high - control),
        difference + math.hypot(high - arm, control - control_low),
    )


@lru_cache(maxsize=1024)
def wilson(successes: int, of: int, confidence: float) -> tuple[float, float]:
    """The interval of one proportion."""
    found = stats.binomtest(successes, of).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)


def means(arm: Sequence[float], control: Sequence[float], confidence: float) -> Interval | None:
    """Arm minus control; None where an arm is empty, no limits below two values each or without any spread."""
    if not arm or not control:
        return None
    difference = fmean(arm) - fmean(control)
    if min(len(arm), len(control)) < 2:
        return Interval(difference)
    own, other = variance(arm) / len(arm), variance(control) / len(control)
    if own + other < NO_SPREAD:
        return Interval(difference)
    # by hand and not ttest_ind, which warns where one arm alone has no spread (clinics where everybody came)
    freedom = (own + other) ** 2 / (own**2 / (len(arm) - 1) + other**2 / (len(control) - 1))
    half = float(stats.t.ppf((1 + confidence) / 2, freedom)) * math.sqrt(own + other)
    return Interval(difference, difference - half, difference + half)


def standardised_means(arm: Sequence[float], control: Sequence[float]) -> float | None:
    """Difference of means in pooled standard deviations; None where it cannot be told."""
    if min(len(arm), len(control)) < 2:
        return None
    spread = math.sqrt((stdev(arm) ** 2 + stdev(control) ** 2) / 2)
    return (fmean(arm) - fmean(control)) / spread if spread else None


def standardised_shares(arm: float, control: float) -> float | None:
    """The same for two proportions."""
    spread = math.sqrt((arm * (1 - arm) + control * (1 - control)) / 2)
    return (arm - control) / spread if spread else None
