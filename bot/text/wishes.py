"""Several wishes in one message: `gracias, y a qué hora abren?`, `cuánto cuesta y qué llevo`."""

from __future__ import annotations

import re

from bot.text.folding import words
from bot.text.normaliser import looks_like_question, normalise

LONGEST = 1000  # characters: a longer message tells a story
MOST = 6  # wishes that are read of one message

_ASKING = (
    r"(?:tambi[eé]n |adem[aá]s )?(?:(?:a|en|de|por|pa|para|con|hasta|desde) )?"
    r"(?:qu?[eé]|q|ke|k|[ck]u?[aá]nt\w*|d[oó]nde|d[oó]n|[ck][oó]mo|[ck]u[aá]ndo|[ck]u[aá]l\w*|qui[eé]n\w*)\b"
)
_END = r"(?<=[.!?;\n])\s+|\n+|(?<=[a-zñáéíóú])[.…]+(?=\s)"
_WHAT_IF = r"[,\s]+(?=(?:y|pero) si \w+ \w+)"
_NEXT = rf"[,\s]+(?=(?:y|e|pero|adem[aá]s|tambi[eé]n|oiga|oye) {_ASKING})|,\s*(?={_ASKING})"
_BETWEEN = re.compile(rf"{_END}|{_NEXT}|{_WHAT_IF}", re.I)
_SHORTEST_IF = 2
_BEFORE = frozenset(
    [
        "y",
        "e",
        "o",
        "pero",
        "ademas",
        "tambien",
        "oiga",
        "oye",
        "ah",
        "ay",
        "entonces",
        "pues",
        "mejor",
        "dime",
        "digame",
    ]
)


def wishes(text: str) -> tuple[str, ...]:
    """The parts of a message that may each be a wish, in order; none where it is all one."""
    if len(text) > LONGEST:
        return ()
    parts = [part.strip() for part in _BETWEEN.split(text.strip())]
    found = tuple(part for part in parts if words(part))[:MOST]
    return found if len(found) > 1 else ()


def asks(part: str) -> bool:
    """Whether a wish is a question, whatever stands before it: `y a qué hora`."""
    said = normalise(part).split()
    while said and said[0] in _BEFORE:
        said = said[1:]
    what_if = said[:1] == ["si"] and len(said) > _SHORTEST_IF
    return "?" in part or what_if or looks_like_question(" ".join(said))
