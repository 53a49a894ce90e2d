"""Our reading of a CURP against vectors that two other programs agreed on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.nlu.patterns import is_curp

VECTORS = json.loads((Path(__file__).parent / "oracles" / "curp" / "vectors.json").read_text("utf-8"))
# python-stdnum does not look at the second letter, which is a vowel or X; nobody is told that theirs is false for it
ACCEPTED = {"second_letter_not_vowel"}


def test_every_valid_one_is_taken() -> None:
    refused = [one["curp"] for one in VECTORS["valid"] if not is_curp(one["curp"])]
    assert refused == []
    assert len(VECTORS["valid"]) == 201


@pytest.mark.parametrize("one", VECTORS["invalid"], ids=lambda one: one["reason"])
def test_an_invalid_one_is_refused(one: dict[str, str]) -> None:
    assert is_curp(one["curp"]) is (one["reason"] in ACCEPTED)
