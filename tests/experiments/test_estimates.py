"""Intervals: published examples, another implementation, and how often they hold the truth."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from scipy import stats

from backend.experiments.estimates import means, proportions, standardised_means, standardised_shares

PUBLISHED = yaml.safe_load(Path(__file__).with_name("estimates.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", PUBLISHED, ids=[f"{case['arm']} {case['control']}" for case in PUBLISHED])
def test_proportions_as_published(case: dict[str, Any]) -> None:
    (arm, of), (control, control_of) = (map(int, case[name].split("/")) for name in ("arm", "control"))
    found = proportions(arm, of, control, control_of, 0.95)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((case["low"], case["high"]), abs=5.1e-5)


def test_means_as_scipy_computes_them() -> None:
    draw = random.Random(4)
    arm, control = [draw.gauss(3, 2) for _ in range(17)], [draw.gauss(4, 1) for _ in range(30)]
    found = means(arm, control, 0.9)
    expected = stats.ttest_ind(arm, control, equal_var=False).confidence_interval(0.9)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_too_little_is_said_to_be_too_little() -> None:
    assert means([], [1], 0.95) is None and proportions(0, 0, 1, 2, 0.95) is None
    for arm, control in (([1.0], [2.0, 3.0]), ([1.0, 1.0], [2.0, 2.0])):
        found = means(arm, control, 0.95)
        assert found is not None and found.low is None
    assert standardised_means([1], [2, 3]) is None and standardised_shares(1, 1) is None


def test_standardised_differences() -> None:
    assert standardised_means([1, 2, 3], [2, 3, 4]) == pytest.approx(-1)
    assert standardised_shares(0.5, 0.4) == pytest.approx(0.1 / (((0.25 + 0.24) / 2) ** 0.5))


@pytest.mark.parametrize("truth", [(0.3, 0.3), (0.1, 0.25), (0.85, 0.6)])
def test_an_interval_of_95_per_cent_holds_the_difference_of_proportions_that_often(truth: tuple[float, float]) -> None:
    draw, held, times = random.Random(f"{truth}"), 0, 1000
    for _ in range(times):
        arm, control = (sum(draw.random() < share for _ in range(60)) for share in truth)
        found = proportions(arm, 60, control, 60, 0.95)
        assert found is not None and found.low is not None and found.high is not None
        held += found.low <= truth[0] - truth[1] <= found.high
    assert 0.93 < held / times < 0.975


def test_an_interval_of_90_per_cent_holds_the_difference_of_means_that_often() -> None:
    draw, held, times = random.Random(22), 0, 1000
    for _ in range(times):
        arm, control = [draw.gauss(1, 3) for _ in range(8)], [draw.gauss(0, 1) for _ in range(20)]
        found = means(arm, control, 0.9)
        assert found is not None and found.low is not None and found.high is not None
        held += found.low <= 1 <= found.high
    assert 0.88 < held / times < 0.925
