"""Matrix sampling: few questions for each person, all asked equally often."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.experiments.matrix import sample


@st.composite
def surveys(draw: st.DrawFn) -> tuple[list[str], int, int]:
    many = draw(st.integers(1, 12))
    return [f"p{n}" for n in range(many)], draw(st.integers(0, many)), draw(st.integers(0, 2**40))


@given(surveys(), st.integers(0, 2**50))
def test_each_person_gets_so_many_in_order_and_always_the_same(survey: tuple[list[str], int, int], who: int) -> None:
    questions, per_person, seed = survey
    asked = sample(questions, per_person, seed, who)
    assert len(asked) == len(set(asked)) == per_person
    assert list(asked) == sorted(asked, key=questions.index)
    assert asked == sample(questions, per_person, seed, who)


@given(surveys(), st.integers(0, 1000))
def test_each_question_is_asked_of_an_equal_share(survey: tuple[list[str], int, int], group: int) -> None:
    questions, per_person, seed = survey
    many = len(questions)
    asked = Counter(q for n in range(many) for q in sample(questions, per_person, seed, group * many + n))
    assert all(asked[question] == per_person for question in questions)


def test_among_people_picked_anyhow_shares_are_near() -> None:
    questions = [f"p{n}" for n in range(8)]
    asked = Counter(q for n in range(0, 30_000, 7) for q in sample(questions, 2, 5, n))
    share = 2 / 8 * len(range(0, 30_000, 7))
    assert all(abs(times - share) < 0.1 * share for times in asked.values())


def test_more_than_there_are_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        sample(["a", "b"], 3, 1, 1)
