"""Folding, normalisation and mending on the table beside this file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.text import Normaliser, fold, key, looks_like_question, normalise, words
from bot.text.normaliser import one_edit

TABLE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "normalised.yml").read_text(encoding="utf-8"))
NORMALISER = Normaliser(TABLE["vocabulary"].split())


@pytest.mark.parametrize("row", TABLE["folded"], ids=lambda row: repr(row["said"]))
def test_fold(row: dict[str, str]) -> None:
    assert fold(row["said"]) == row["folded"]


@pytest.mark.parametrize("row", TABLE["normalised"], ids=lambda row: row["said"])
def test_normalise(row: dict[str, str]) -> None:
    assert normalise(row["said"]) == row["normalised"]


@pytest.mark.parametrize("row", TABLE["mended"], ids=lambda row: row["said"])
def test_mended(row: dict[str, str]) -> None:
    assert NORMALISER(row["said"]) == row["mended"]


@pytest.mark.parametrize("said", TABLE["questions"])
def test_question(said: str) -> None:
    assert looks_like_question(said)


@pytest.mark.parametrize("said", TABLE["statements"])
def test_no_question(said: str) -> None:
    assert not looks_like_question(said)


@pytest.mark.parametrize(
    "alike",
    [
        "quiero kiero qiero",
        "hueso weso ueso",
        "llave yave",
        "vaca baca",
        "zapato sapato",
        "embarazo enbaraso",
        "muxo mucho",
    ],
)
def test_same_sound_same_key(alike: str) -> None:
    assert len({key(word) for word in alike.split()}) == 1


def test_the_commoner_spelling_wins() -> None:
    normaliser = Normaliser(["quiero"] * 9 + ["kiero"])
    assert normaliser("kiero") == "quiero"


def test_one_edit() -> None:
    assert one_edit("acta", "acat") and one_edit("acta", "cta") and one_edit("acta", "arta")
    assert not one_edit("acta", "cata1")


def test_words() -> None:
    assert words("¿Qué, niño-2?") == ["que", "niño", "2"]


def test_fast() -> None:
    text = "kiero saver cuanto kuesta el akta de nasimiento xq no m yega"
    NORMALISER(text)
    started = time.perf_counter()
    for _ in range(200):
        NORMALISER(text)
    assert (time.perf_counter() - started) / 200 < 0.002, "idle it is below 0.1 ms"


def test_what_is_folded_stays_as_it_is() -> None:
    characters = map(chr, range(sys.maxunicode + 1))
    assert [character for character in characters if fold(fold(character)) != fold(character)] == []


@settings(deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert "  " not in folded
    normalise(text)
    NORMALISER(text)
    looks_like_question(text)
