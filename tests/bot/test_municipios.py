"""Municipalities by name, on the table beside this file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.municipios import atlas, find

TABLE: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "municipios.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", TABLE, ids=[row["text"] for row in TABLE])
def test_municipality(row: dict[str, Any]) -> None:
    found = find(row["text"], row.get("from"))
    assert (found and found.value) == row["named"]


def test_all_of_inegi_are_there() -> None:
    assert len({place.code for places in atlas().named.values() for place in places}) == 2478


@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    find(text)
