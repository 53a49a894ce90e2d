"""Folding: one plain spelling for every way a telephone can encode the same words."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(r"[a-z0-9ñ]+")
_ACRONYM = re.compile(r"(?<![a-z0-9ñ])(?:[a-zñ]\.){2,}(?:[a-zñ](?![a-z0-9ñ]))?")
_RUN = re.compile(r"([a-zñ])\1{2,}")
_DOUBLE = re.compile(r"([a-zñ])\1")
_SPACES = {"Zs", "Zl", "Zp"}
_DROPPED = {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Mc", "Sk"}


class _Folds(dict[int, str]):
    """Code point -> folded text, worked out at the first sight of each."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


def _fold_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACES or character in "\t\n\r\v\f":
        return " "
    if character in "^`´":
        return character if character.isascii() else " "
    if category in _DROPPED:
        return ""
    if character in "ñÑ":
        return "ñ"
    parts = unicodedata.normalize("NFKD", character).lower()
    if parts == character or not parts.isascii():
        return character if parts == character else "".join(c for c in parts if not _is_mark(c))
    return parts


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in _DROPPED


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Lower case, no accents (ñ stays), no invisible or control characters, single spaces. Takes any str.

    `C.U.R.P.` is one word: `curp`.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    folded = " ".join(text.lower().translate(_FOLDS).split())
    return _ACRONYM.sub(lambda found: found[0].replace(".", ""), folded) if "." in folded else folded


def words(text: str) -> list[str]:
    """The words and numbers of a text, folded, without punctuation."""
    return WORD.findall(fold(text))


def shorten_runs(word: str) -> str:
    """`siiiii` -> `si`: three or more of a letter are one. Double letters stay (`llueve`, `perro`)."""
    return _RUN.sub(r"\1", word)


_REWRITES = (
    (re.compile(r"sh"), "ch"),
    (re.compile(r"ch"), "ç"),
    (re.compile(r"ph"), "f"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"gu(?=[ei])"), "g"),
    (re.compile(r"qu(?=[ei])"), "k"),
    (re.compile(r"[sx]?c(?=[ei])|x(?=[ei])"), "s"),
    (re.compile(r"x"), "ç"),
    (re.compile(r"[cq]"), "k"),
    (re.compile(r"z"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"^[hj]?u(?=[eia])|w|gü|gu(?=a)"), "u"),
    (re.compile(r"h"), ""),
    (re.compile(r"y(?![aeiou])"), "i"),
    (re.compile(r"ñ"), "n"),
    (re.compile(r"n(?=[bp])"), "m"),
)


_LONGEST_KEPT = 40
_SOUNDS_KEPT = 50_000


def key(word: str) -> str:
    """How a folded word sounds in Mexico, so that `kiero`, `qiero` and `quiero` meet: seseo, b/v, h, ll/y, k/c/qu."""
    return _known_sound(word) if len(word) <= _LONGEST_KEPT else _sound(word)


def _sound(word: str) -> str:
    for pattern, sound in _REWRITES:
        word = pattern.sub(sound, word)
    return _DOUBLE.sub(r"\1", word)


_known_sound = lru_cache(maxsize=_SOUNDS_KEPT)(_sound)
