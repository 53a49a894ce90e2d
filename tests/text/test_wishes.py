"""Several wishes in one message."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.text import words
from bot.text.wishes import LONGEST, MOST, asks, wishes

CASES = yaml.safe_load((Path(__file__).parent / "wishes.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["said"][:40] for case in CASES])
def test_the_parts_of_a_message(case: dict[str, object]) -> None:
    read = [f"?{part}" if asks(part) else part for part in wishes(str(case["said"]))]
    assert read == case.get("parts", [])


@given(st.text(max_size=2 * LONGEST))
def test_parts_are_of_the_message_and_never_one_alone(text: str) -> None:
    parts = wishes(text)
    assert len(parts) != 1 and len(parts) <= MOST
    assert all(part in text and words(part) for part in parts)
