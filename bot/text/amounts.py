"""How many: the one number of an answer."""

from __future__ import annotations

import itertools
import re

from bot.text.bare import LONGEST_ANSWER
from bot.text.folding import fold
from bot.text.normaliser import expand, looks_like_question, spell_signs
from bot.text.numbers import digits
from bot.text.tables import tables

_MOST_DIGITS = 7  # more are a telephone or a key
_TOKEN = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[a-zñ]+")
_THOUSANDS = re.compile(r"\b(\d{1,3}) mil\b")
_CLAUSE = re.compile(r"[,;.](?!\d)")
_NONE = re.compile(r"\b(?:ninguno|ninguna|nadie|nada(?! mas))\b")
_TOLD_BESIDE = 3  # words that make what follows a comma a remark, and no second number
_ALTERNATIVE = frozenset(["o", "u", "no", "aunque", "pero"])


def number(text: str) -> int | float | None:
    """The one number of an answer (`20`, `veinte`, `2 y medio`, `ninguno` is 0); None when none or several.

    Of `5 hijos, dos niñas y tres niños` it is the 5, of `dije 4 pero son 5` the one that corrects the other.
    """
    clear = fold(text[:LONGEST_ANSWER])
    words = _spoken(clear)
    if _counts_nothing(text, words):
        return None
    corrected = _after_correction(clear)
    found = _numbers(corrected if corrected is not None else words)
    if len(set(found)) > 1:
        found = _whole_of_parts(found) or _first_clause(clear)
    if found:
        return _plain(found[0]) if len(set(found)) == 1 else None
    return 0 if _NONE.search(" ".join(words)) else None


def _spoken(clear: str) -> list[str]:
    tokens = _TOKEN.findall(_THOUSANDS.sub(r"\g<1>000", spell_signs(clear)))
    return [word for token in tokens for word in ((token,) if token[0].isdigit() else expand(token))]


def _numbers(words: list[str]) -> list[float]:
    said = digits(_collected(words), articles=True)
    return [
        float(word.replace(",", "")) + (0.5 if said[at + 1 : at + 3] in (["y", "medio"], ["y", "media"]) else 0)
        for at, word in enumerate(said)
        if word[0].isdigit() and len(word.partition(".")[0].replace(",", "")) <= _MOST_DIGITS
    ]


def _collected(words: list[str]) -> list[str]:
    """`un par` is 2, `media docena` 6."""
    sizes = tables().collectives
    out: list[str] = []
    for word in words:
        size = sizes.get(word)
        if size and out and out[-1] in (*tables().articles, "media"):
            out[-1] = str(size // 2 if out[-1] == "media" else size)
        else:
            out.append(word)
    return out


def _after_correction(clear: str) -> list[str] | None:
    """The words after `no,`, `digo`, `pero son`, where both sides count something; not those of `2, no 3`."""
    *before, last = re.split(rf"\bno\b(?= ?[,.])|\b(?:{'|'.join(tables().instead)})\b", clear)
    counted = _numbers(_spoken(" ".join(before))) and _numbers(_spoken(last))
    return _spoken(last) if counted else None


def _whole_of_parts(found: list[float]) -> list[float]:
    first, *rest = found
    return [first] if len(rest) > 1 and first == sum(rest) else []


def _first_clause(clear: str) -> list[float]:
    """`nomas uno, mi niño de 4 años`: what follows the number only tells more."""
    first, _, rest = _CLAUSE.sub("\n", clear).partition("\n")
    beside = _spoken(rest)
    tells = len([word for word in beside if word.isalpha()]) >= _TOLD_BESIDE
    return _numbers(_spoken(first)) if tells and _ALTERNATIVE.isdisjoint(beside) else []


def _plain(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def _counts_nothing(text: str, words: list[str]) -> bool:
    """A question, a date or `un chorro`: it may hold a number, which is none of what was asked."""
    known = tables()
    if len(words) > 2 and looks_like_question(text):
        return True
    return any(
        (one in known.articles and other in known.uncounted) or (one == "de" and other in known.months)
        for one, other in itertools.pairwise(words)
    )
