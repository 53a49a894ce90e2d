"""Text for narrow channels: how many SMS segments it costs, how it fits the GSM alphabet, where it may be cut.

Standard library only, because packs use it to warn authors before anything is sent.
Facts: 3GPP TS 23.038 (alphabet and extension table); the counts agree with Twilio's own segment calculator.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Charset = Literal["gsm7", "ascii", "ucs2"]
Encoding = Literal["GSM-7", "UCS-2"]

GSM7_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")  # each costs two units
GSM7 = GSM7_BASIC | GSM7_EXTENSION
# (alone, in a chain): a chained segment gives six bytes to its header
CAPACITY: dict[Encoding, tuple[int, int]] = {"GSM-7": (160, 153), "UCS-2": (70, 67)}

# What breaks GSM-7, and what a Mexican reader expects instead. Everything else is left as it is.
TO_GSM7 = {
    **dict(zip("áíóúÁÍÓÚâêîôûãõçªº°·•●▪", "aiouAIOUaeiouaocaoo----", strict=True)),
    **dict.fromkeys("“”„‟«»″❝❞", '"'),
    **dict.fromkeys("‘’‚‛′‹›`´", "'"),
    **dict.fromkeys("–—‒―−‐‑⁃", "-"),
    **dict.fromkeys("\t\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000", " "),
    **dict.fromkeys("\u2028\u2029\x85\x0b", "\n"),
    "…": "...",
    "×": "x",
    "÷": "/",
    "⁄": "/",
    "≤": "<=",
    "≥": ">=",
    "→": "->",
    "➡": "->",
    "←": "<-",
    "⬅": "<-",
    "©": "(c)",
    "®": "(R)",
    "¢": "c",
    "⚠": "!",
    "❗": "!",
    "❓": "?",
    "❌": "x",
    "✖": "x",
    "✗": "x",
    "👍": "ok",
    "☎": "Tel.",
    "📞": "Tel.",
    "📱": "Tel.",
    "✉": "Correo:",
    "📧": "Correo:",
}
# Only for charset "ascii". "ni" because a bare n turns año into another word.
TO_ASCII = {
    "ñ": "ni",
    "Ñ": "NI",
    "ü": "u",
    "Ü": "U",
    "é": "e",
    "É": "E",
    "à": "a",
    "è": "e",
    "ì": "i",
    "ò": "o",
    "ù": "u",
    "Ç": "C",
    "Ø": "O",
    "ø": "o",
    "Å": "A",
    "å": "a",
    "Æ": "AE",
    "æ": "ae",
    "ß": "ss",
    "Ä": "A",
    "ä": "a",
    "Ö": "O",
    "ö": "o",
    "¿": "",
    "¡": "",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "¤": "",
    "§": "art. ",
    "\f": "\n",
}
_DROPPED = "\x00"
_FEVER = re.compile(r"(?<![\d.,])(3[4-9]|4[0-3]|\d{1,3}[.,]\d+)\s?[°º](?!\w)")
_CELSIUS = re.compile(r"\s?[°º]\s?C\b")
_KEYCAP = re.compile("([0-9#*])\ufe0f?\u20e3(?=\\w)")
_SENTENCE_END = re.compile(r"(?<=\w\w\w[.!?…])\s+|\n+")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Segments:
    """What a text costs by SMS: `units` are septets (GSM-7) or UTF-16 units (UCS-2)."""

    encoding: Encoding
    units: int
    count: int
    per_segment: int


def _sizes(text: str) -> tuple[Encoding, list[int]]:
    if all(char in GSM7 for char in text):
        return "GSM-7", [2 if char in GSM7_EXTENSION else 1 for char in text]
    return "UCS-2", [2 if ord(char) > 0xFFFF else 1 for char in text]


def segments(text: str) -> Segments:
    """Count SMS segments. A two-unit character is never split, so it may leave a unit empty. Empty text counts one."""
    encoding, sizes = _sizes(text)
    alone, chained = CAPACITY[encoding]
    units = sum(sizes)
    if units <= alone:
        return Segments(encoding, units, 1, alone)
    count, free = 0, 0
    for size in sizes:
        if size > free:
            count, free = count + 1, chained
        free -= size
    return Segments(encoding, units, count, chained)


def transliterate(text: str, charset: Charset = "gsm7") -> str:
    """Rewrite `text` so that it fits `charset`, changing only what does not fit.

    gsm7: á í ó ú, º ª °, typographic marks and the like are replaced; ñ é ü ¿ ¡ stay; an emoji becomes a word
    or goes away; a letter of another script becomes "?". The result is always GSM-7.
    ascii: also ñ -> ni (año -> anio), é -> e, ü -> u, and ¿ ¡ go away.
    ucs2: unchanged, but for NUL and broken surrogates, which no provider takes.
    """
    if charset == "ucs2":
        return "".join(char for char in text if char != _DROPPED and not "\ud800" <= char <= "\udfff")
    text = unicodedata.normalize("NFC", text.replace(_DROPPED, ""))
    if not all(char in GSM7 for char in text):
        text = _fit_gsm7(text)
    return _fit_ascii(text) if charset == "ascii" else text


def _fit_gsm7(text: str) -> str:
    text = _KEYCAP.sub(r"\1 ", text)
    text = _FEVER.sub(r"\1 grados", _CELSIUS.sub(" grados C", text))
    return _tidy("".join(char if char in GSM7 else _replacement(char) for char in text))


def _replacement(char: str) -> str:
    known = TO_GSM7.get(char)
    if known is not None:
        return known
    simple = unicodedata.normalize("NFKD", char)
    fitted = "".join(TO_GSM7.get(part, part) for part in simple)
    fitted = "".join(part for part in fitted if part in GSM7)
    if fitted.strip():
        return fitted
    if unicodedata.category(char).startswith("L"):
        return "?"
    return " " if unicodedata.category(char) == "Zs" else _DROPPED


def _tidy(text: str) -> str:
    """Close the gaps that dropped characters leave; nothing else moves."""
    text = re.sub(rf"(?m)^ ?(?:{_DROPPED} *)+", "", text)
    text = re.sub(rf"(?m) *(?:{_DROPPED} *)+(?=\r?$)", "", text)
    return re.sub(rf" *(?:{_DROPPED} *)+", lambda gap: " " if " " in gap.group() else "", text)


def _fit_ascii(text: str) -> str:
    out = []
    for index, char in enumerate(text):
        plain = char if char.isascii() and char != "\f" else TO_ASCII.get(char, "?")
        if char == "Ñ" and text[index + 1 : index + 2].islower():
            plain = "Ni"
        out.append(plain)
    return "".join(out)


def utf16_length(text: str) -> int:
    """Length as providers count it: characters beyond the basic plane count two."""
    return sum(2 if ord(char) > 0xFFFF else 1 for char in text)


def split(text: str, limit: int) -> list[str]:
    """Cut `text` into parts of at most `limit` UTF-16 units: after a line or sentence, else between words,
    else anywhere but inside a composed character. Only white space at the cuts is lost."""
    if limit < 2:
        raise ValueError("limit must be at least 2")
    parts = []
    rest = text.strip()
    while utf16_length(rest) > limit:
        end = _cut(rest, limit)
        parts.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return [*parts, rest] if rest else parts


def _cut(text: str, limit: int) -> int:
    end = _fitting(text, limit)
    window = text[: end + 1]
    sentences = [match.start() for match in _SENTENCE_END.finditer(window)]
    if sentences and sentences[-1] >= end * 0.4:
        return sentences[-1]
    words = [match.start() for match in _SPACE.finditer(window)]
    if words:
        return words[-1]
    return _before_joined(text, end)


def _fitting(text: str, limit: int) -> int:
    units = 0
    for index, char in enumerate(text):
        units += 2 if ord(char) > 0xFFFF else 1
        if units > limit:
            return index
    return len(text)


def _before_joined(text: str, end: int) -> int:
    """Step back so that a modifier, accent or joined emoji stays with what it belongs to."""
    at = end
    while at > 1 and (_joins(text[at]) or text[at - 1] == "\u200d"):
        at -= 1
    return at if at > 1 or not _joins(text[at]) else end


def _joins(char: str) -> bool:
    return unicodedata.combining(char) > 0 or char in "\u200d\ufe0f\u20e3" or "\U0001f3fb" <= char <= "\U0001f3ff"
