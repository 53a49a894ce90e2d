"""Telephone numbers as people and providers write them, to E.164.

Mexico dropped the prefixes 1, 01, 044 and 045 in 2019 and 2020; handsets, papers and old address books keep them.
A number is stored without them, so that one person is one conversation.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers

_EXTENSION = re.compile(r"\s*(?:ext\w*|x|#|;)\W*\d*\s*$", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s().\-/]+")
_OLD_PREFIX = re.compile(r"52(?:1|01|044|045)(\d{10})")
_NATIONAL = re.compile(r"(?:01|044|045)?(\d{10})")
_COUNTRY = "52"


@lru_cache(maxsize=8192)  # a line and its people come again with every callback
def to_e164(raw: str) -> str | None:
    """The number in E.164 ("+528112345678"), or None where it is no valid number.

    Ten digits, or ten with an old prefix, are Mexican; everything else needs its country code, with or without "+".
    """
    digits = _international_digits(raw)
    if digits is None:
        return None
    try:
        number = phonenumbers.parse("+" + digits)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _international_digits(raw: str) -> str | None:
    """Country code and number as digits; None for anything that holds letters."""
    text = unicodedata.normalize("NFKC", raw)
    if text.strip()[:3].lower() == "%2b":
        text = unquote(text)
    text = _EXTENSION.sub("", unicodedata.normalize("NFKC", text).strip().removeprefix("tel:"))
    text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Pd"))
    text = _SEPARATORS.sub("", text)
    international = text.startswith(("+", "00"))
    text = text.removeprefix("+").removeprefix("00") if international else text
    if not re.fullmatch(r"[0-9]{7,15}", text):
        return None
    if not international and (national := _NATIONAL.fullmatch(text)):
        return _COUNTRY + national.group(1)
    if old := _OLD_PREFIX.fullmatch(text):
        return _COUNTRY + old.group(1)
    return text


def as_address(raw: str) -> str:
    """What a message came from or went to: E.164 where it is a number, else as received (short code, sender name)."""
    number = to_e164(raw)
    if number is not None:
        return number
    text = raw.strip()
    return unquote(text) if text[:3].lower() == "%2b" else text
