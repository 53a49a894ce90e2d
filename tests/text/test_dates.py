"""Dates and weeks of pregnancy in the tables beside this file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text import answers

HERE = Path(__file__).parent
OWN_WORDS = [
    "hace",
    "en",
    "3",
    "31",
    "febrero",
    "de",
    "el",
    "lunes",
    "mañana",
    "pasado",
    "años",
    "2024",
    "15/08",
    "proximo",
    "mes",
]
DATES: dict[str, Any] = yaml.safe_load((HERE / "dates.yml").read_text(encoding="utf-8"))
SAID: dict[str, Any] = yaml.safe_load((HERE / "dates_said.yml").read_text(encoding="utf-8"))
WEEKS: list[dict[str, Any]] = yaml.safe_load((HERE / "weeks.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", DATES["phrases"], ids=lambda row: row["said"])
def test_date(row: dict[str, Any]) -> None:
    assert answers.when(row["said"], DATES["today"]) == row["date"]
    for prefer in ("past", "future"):
        if prefer in row:
            assert answers.when(row["said"], DATES["today"], prefer) == row[prefer]


def test_the_words_that_said_it() -> None:
    found = answers.find_date("mi bebe nació el 3 de marzo en casa", date(2025, 6, 11))
    assert found == answers.FoundDate("3 de marzo", date(2025, 3, 3))


@pytest.mark.parametrize("row", WEEKS, ids=lambda row: row["said"])
def test_weeks(row: dict[str, Any]) -> None:
    assert answers.weeks(row["said"]) == _range(row["told"])
    if "asked" in row:
        assert answers.weeks(row["said"], asked=True) == _range(row["asked"])


@pytest.mark.parametrize("row", SAID["phrases"], ids=lambda row: row["said"])
def test_as_strangers_said_it(row: dict[str, Any]) -> None:
    assert answers.when(row["said"], SAID["today"]) == row.get("date")
    assert answers.weeks(row["said"]) == _range(row.get("weeks"))


def _range(value: int | list[int] | None) -> int | tuple[int, ...] | None:
    return tuple(value) if isinstance(value, list) else value


@settings(deadline=None)
@given(st.text(st.characters(), max_size=300), st.dates())
def test_nothing_raises(text: str, today: date) -> None:
    answers.find_date(text, today)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(OWN_WORDS)),
    st.dates(),
    st.sampled_from(["past", "future", "nearest"]),
)
def test_nothing_raises_on_its_own_words(words: list[str], today: date, prefer: answers.Prefer) -> None:
    answers.find_date(" ".join(words), today, prefer)
