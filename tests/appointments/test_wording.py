"""Days and hours as people say them."""

from __future__ import annotations

from datetime import date, time

import pytest

from backend.appointments.wording import read_time, when

THURSDAY = date(2026, 12, 3)


@pytest.mark.parametrize(
    ("day", "at", "said"),
    [
        (date(2026, 12, 3), None, "hoy, jueves 3 de diciembre"),
        (date(2026, 12, 4), time(10, 30), "mañana, viernes 4 de diciembre, a las 10:30"),
        (date(2026, 12, 6), None, "el domingo 6 de diciembre"),
        (date(2026, 12, 2), time(9), "de ayer"),
    ],
)
def test_when(day: date, at: time | None, said: str) -> None:
    assert when(day, at, THURSDAY) == said


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("el martes a las 10", time(10)),
        ("a las 4 de la tarde", time(16)),
        ("a las 9 de la mañana", time(9)),
        ("10:30 am", time(10, 30)),
        ("tipo 3", time(15)),
        ("a las 8 pm", time(20)),
        ("a las 12:15", time(12, 15)),
        ("el 15 de marzo", None),
        ("a las 25", None),
        ("a las 10:75", None),
    ],
)
def test_read_time(text: str, hour: time | None) -> None:
    assert read_time(text) == hour
