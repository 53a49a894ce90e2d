"""The due date that an answer stands for: at most two weeks ago, at most forty weeks ahead."""

from __future__ import annotations

from datetime import date

import pytest

from backend.requests.effects import due_date

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        (12, date(2027, 6, 8)),
        ([20, 22], date(2027, 4, 6)),
        (42, date(2026, 11, 10)),
        (43, None),
        ("2027-05-15", date(2027, 5, 15)),
        ("2027-08-31", date(2027, 8, 31)),
        ("2027-09-01", None),
        ("2026-11-09", None),
        ("mañana", None),
        (None, None),
    ],
)
def test_weeks_months_and_dates(said: object, due: date | None) -> None:
    assert due_date(said, TODAY) == due
