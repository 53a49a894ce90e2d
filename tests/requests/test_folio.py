"""A folio can be read aloud, and a slip is noticed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend.requests.folio import ALPHABET, new_folio, read_folio


@given(st.integers())
def test_any_spelling_is_read(seed: int) -> None:
    folio = new_folio("EJ")
    assert read_folio(folio) == folio
    assert read_folio(folio.lower().replace("-", " ")) == folio
    assert read_folio(folio.replace("-", "")) == folio
    assert any(letter.isdigit() for letter in folio[3:10])


@given(st.integers(0, 6), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(place: int, letter: str) -> None:
    folio = new_folio("EJ")
    compact = folio.replace("-", "")
    wrong = compact[: 2 + place] + letter + compact[3 + place :]
    assert wrong == compact or read_folio(wrong) is None


@given(st.text())
def test_no_text_raises(text: str) -> None:
    assert read_folio(text) is None or "-" in str(read_folio(text))


@given(st.integers(0, 5))
def test_two_swapped_neighbours_are_noticed(place: int) -> None:
    compact = new_folio("EJ").replace("-", "")
    first, second = compact[2 + place], compact[3 + place]
    swapped = compact[: 2 + place] + second + first + compact[4 + place :]
    assert swapped == compact or read_folio(swapped) is None
