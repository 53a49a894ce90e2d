"""An answer without what surrounds it: signs, repeated words, greetings and thanks."""

from __future__ import annotations

import re
from functools import lru_cache

from bot.text.folding import fold
from bot.text.normaliser import expand, spell_signs
from bot.text.tables import tables

LONGEST_ANSWER = 400
_WORD = re.compile(r"[a-z0-9ñ]+")
_CLAUSE = re.compile(r"[,;.:!¡¿?]+(?!\d)\s*")


def bare(text: str) -> str:
    """The normalised words of an answer without courtesies around them (`hola`, `por favor`, `gracias`)."""
    before, after = _polite()
    return after.sub("", before.sub("", " ".join(plain_words(text))))


def plain_words(text: str) -> list[str]:
    """The normalised words of an answer; one said twice in a row counts once."""
    tokens = _WORD.findall(spell_signs(fold(text[:LONGEST_ANSWER])))
    spoken = [word for token in tokens for word in expand(token)]
    return [word for at, word in enumerate(spoken) if at == 0 or word != spoken[at - 1] or word.isdigit()]


def clauses(text: str) -> list[str]:
    """What stands between the commas and full stops of an answer, bare; courtesies alone are none."""
    spoken = (bare(clause) for clause in _CLAUSE.split(text[:LONGEST_ANSWER]))
    return [said for said in spoken if said and said not in tables().polite]


@lru_cache(maxsize=1)
def _polite() -> tuple[re.Pattern[str], re.Pattern[str]]:
    phrases = "|".join(sorted(map(re.escape, tables().polite), key=len, reverse=True))
    return re.compile(rf"^(?:(?:{phrases}) )+"), re.compile(rf"(?: (?:{phrases}))+$")
