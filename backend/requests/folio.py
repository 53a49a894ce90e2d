"""Folios: short references a person can read aloud, with a check character that catches a slip."""

from __future__ import annotations

import re
import secrets

# nothing that looks like something else, no vowels; 23 is prime, so one wrong or two swapped are always noticed
ALPHABET = "23456789CDFGHJKMNPQRTWX"
_SHAPE = re.compile(rf"^([A-Z]{{2}})([{ALPHABET}]{{6}})([{ALPHABET}])$")


def check_character(code: str) -> str:
    """The weighted sum of a code's characters, modulo the alphabet."""
    weighted = (weight * _value(letter) for weight, letter in enumerate(code, 2))
    return ALPHABET[sum(weighted) % len(ALPHABET)]


def _value(letter: str) -> int:
    place = ALPHABET.find(letter)
    return place if place >= 0 else ord(letter)  # letters of a prefix need not be of the alphabet


def new_folio(prefix: str) -> str:
    """A folio such as EJ-7K3M-Q2H; `prefix` is two capitals of the jurisdiction."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(6))
    if not any(letter.isdigit() for letter in code):  # a digit tells a folio from words
        return new_folio(prefix)
    return written(prefix + code + check_character(prefix + code))


def written(compact: str) -> str:
    """EJ7K3MQ2H -> EJ-7K3M-Q2H."""
    return f"{compact[:2]}-{compact[2:6]}-{compact[6:]}"


def read_folio(text: str) -> str | None:
    """The folio as issued, from any spelling (case, spaces, dashes); None where it cannot be one of ours."""
    match = _SHAPE.match(re.sub(r"[\s\-_.–—]", "", text).upper())
    if match is None or check_character(match[1] + match[2]) != match[3]:
        return None
    return written("".join(match.groups()))
