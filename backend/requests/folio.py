"""Folios: short references a person can read aloud, with a check character that catches a slip."""

from __future__ import annotations

import re
import secrets

ALPHABET = "23456789CDFGHJKMNPQRTVWXY"  # nothing that looks like something else, no vowels
_SHAPE = re.compile(rf"^([A-Z]{{2}})([{ALPHABET}]{{6}})([{ALPHABET}])$")


def check_character(code: str) -> str:
    """The weighted sum of the code's characters, modulo the alphabet: one wrong or two swapped are noticed."""
    weights = range(2, 2 + len(code))
    total = sum(weight * (ord(letter) * 7 % 101) for weight, letter in zip(weights, code, strict=True))
    return ALPHABET[total % len(ALPHABET)]


def new_folio(prefix: str) -> str:
    """A folio such as EJ-7K3M-Q2H; `prefix` is two capitals of the jurisdiction."""
    code = "".join(secrets.choice(ALPHABET) for _ in range(6))
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
