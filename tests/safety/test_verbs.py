"""A rule that names one form of a verb means them all."""

from __future__ import annotations

import pytest

from bot.safety import read
from bot.safety.verbs import same_verb


@pytest.mark.parametrize(
    ("entry", "form"),
    [
        ("ahorcar", "ahorque"),
        ("despertar despiert", "despierta"),
        ("despertar despiert", "despertarlo"),
        ("retener reten retien reteng", "retiene"),
        ("retener reten retien reteng", "retengo"),
        ("sacudir", "sacudiendose"),
    ],
)
def test_forms(entry: str, form: str) -> None:
    assert form in same_verb([entry])[entry.split()[0]]


def test_a_form_that_is_another_word_is_left_out() -> None:
    assert "jale" not in same_verb(["jalar -jale"])


def test_only_infinitives() -> None:
    with pytest.raises(ValueError, match="infinitive"):
        same_verb(["tengo"])


@pytest.mark.parametrize("text", ["no retengo ni el agua", "no retiene ni el agua", "no tolero ni el agua"])
def test_whoever_it_happens_to(text: str) -> None:
    found = read(text + ", estoy embarazada")
    assert found is not None and found.danger


def test_two_signs_that_name_nobody_are_an_alarm() -> None:
    both, one = read("está muy amarillo y no quiere despertar"), read("está muy amarillo")
    assert both is not None and both.danger
    assert one is None or not one.danger


def test_the_same_words_are_not_two_signs() -> None:
    found = read("tomo pastillas para el acné")
    assert found is None or not found.danger
