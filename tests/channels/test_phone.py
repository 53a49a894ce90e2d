"""Every spelling of a Mexican number is one person."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from channels.phone import as_address, to_e164

PREFIXES = ["", "01", "044", "045", "52", "521", "+52", "+521", "0052", "00521", "+52 01", "+52 044", "+52 1 "]
GROUPS = [
    "{0}{1}{2}",
    "{0} {1} {2}",
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}.{1}.{2}",
    " {0}{1} {2} ",
    "{0}\u00a0{1}\u2011{2}",
]
FOUR_DIGITS = st.integers(0, 9999).map("{:04}".format)
NUMBERS = st.tuples(st.sampled_from(["55", "33", "81", "66"]), FOUR_DIGITS, FOUR_DIGITS)


@given(NUMBERS, st.sampled_from(PREFIXES), st.sampled_from(GROUPS), st.sampled_from(["", " "]))
def test_mexican_spellings(parts: tuple[str, str, str], prefix: str, group: str, gap: str) -> None:
    number = "+52" + "".join(parts)
    assume(phonenumbers.is_valid_number(phonenumbers.parse(number)))
    assert to_e164(prefix + gap + group.format(*parts)) == number


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+1 (956) 555-0123", "+19565550123"),
        ("19565550123", "+19565550123"),
        ("+34 600 123 456", "+34600123456"),
        ("8006283762", "+528006283762"),
        ("tel:+525500001234", "+525500001234"),
        ("5500001234 ext. 12", "+525500001234"),
        ("\u202a+52 55 0000 1234\u202c", "+525500001234"),
        ("%2B5215500001234", "+525500001234"),
        ("５５００００１２３４", "+525500001234"),
    ],
)
def test_other_numbers(written: str, number: str) -> None:
    assert to_e164(written) == number


@pytest.mark.parametrize(
    "written", ["", " ", "911", "26262", "MUNICIPIO", "+52 1234", "+999 5500001234", "55 0000 12", "a5500001234"]
)
def test_no_number(written: str) -> None:
    assert to_e164(written) is None


@pytest.mark.parametrize(
    ("written", "address"),
    [("26262", "26262"), (" MUNICIPIO ", "MUNICIPIO"), ("%2B1111", "+1111"), ("5500001234", "+525500001234"), ("", "")],
)
def test_an_address_is_kept_where_it_is_no_number(written: str, address: str) -> None:
    assert as_address(written) == address


@given(st.text(max_size=40))
def test_any_text_gives_a_valid_number_or_none(written: str) -> None:
    number = to_e164(written)
    assert number is None or phonenumbers.is_valid_number(phonenumbers.parse(number))


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing_more(written: str) -> None:
    number = to_e164(written)
    assert number is None or to_e164(number) == number
