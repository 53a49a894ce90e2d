"""Reading JSON of many hands: whatever is missing, null or of another type becomes something usable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

# the three letters of RapidPro to the two of contacts here; others stay as they are
_LARGEST = 10_000_000
_LANGUAGES = {"spa": "es", "eng": "en", "fra": "fr", "fre": "fr", "por": "pt", "nah": "nah", "base": ""}


def mapping(value: object) -> dict[str, Any]:
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else {}


def items(value: object) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def mappings(value: object) -> list[dict[str, Any]]:
    return [mapping(item) for item in items(value) if isinstance(item, Mapping)]


def text(value: object) -> str:
    """Words of a plain value; a number counts, a mapping does not."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (str, int, float)) else ""


def whole(value: object, otherwise: int = 0) -> int:
    """A whole number, never absurdly large."""
    try:
        return max(-_LARGEST, min(_LARGEST, int(float(text(value)))))
    except (ValueError, OverflowError):
        return otherwise


def language(code: object) -> str:
    name = text(code).strip()
    return _LANGUAGES.get(name.lower(), name.lower())


def localised(value: object, base: str) -> tuple[str, dict[str, str]]:
    """A text and its translations (language -> text), from a mapping of languages or a plain text."""
    if not isinstance(value, Mapping):
        return text(value), {}
    known = {str(code): text(words) for code, words in value.items() if text(words)}
    own = next((code for code in (base, "base", *known) if code in known), None)
    if own is None:
        return "", {}
    rest = {language(code): words for code, words in known.items() if code != own and language(code)}
    return known[own], rest


def alternatives(value: object) -> tuple[str, ...]:
    """All wordings of a text, each once: an answer may come in any language."""
    if isinstance(value, Mapping):
        found = [text(words) for words in value.values()]
    else:
        found = [text(words) for words in items(value)]
    return tuple(dict.fromkeys(words for words in found if words.strip()))


def slug(name: str, otherwise: str = "x") -> str:
    """A name for files and keys: lower case, digits and `_`, ñ as n."""
    plain = unicodedata.normalize("NFKD", name.lower())
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60] or otherwise


def result_key(label: str) -> str:
    """How expressions name a result: `Response 1` is `response_1`."""
    return re.sub(r"[^a-z0-9]+", "_", label.strip().lower()).strip("_")


def unique(name: str, taken: Mapping[str, object] | set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
