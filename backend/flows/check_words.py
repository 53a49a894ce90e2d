"""What people will read: length as an SMS, letters that cost double, telephones and links that were really allowed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

from backend.flows.expressions.template import parts
from backend.flows.model import Flow, Words
from backend.flows.texts import said, wordings
from bot.packs.check_texts import PLACEHOLDERS, SMS_LONG, Allowed, check_text, digits, phones_in
from bot.packs.model import Text
from channels.text import GSM7, segments, transliterate

Finding = tuple[str, str, str, Literal["error", "warning"]]  # step, what, advice, level

_SAMPLE = "quince letras.."  # what an expression comes to, at its usual length
_MARKER = re.compile(r"\{(\w+)\}")
_ACCENTS = frozenset("áíóúÁÍÓÚ")
_NAMES = {
    "\u00a0": "espacio duro",
    "\u200b": "espacio invisible",
    "\u2028": "salto de línea raro",
    "\u00ad": "guion invisible",
}


def check_words(flow: Flow, allowed: Allowed, imported: bool) -> Iterator[Finding]:
    for step, words in said(flow):
        for name, text in wordings(words):
            place = f"{name}: " if name else ""
            for what, advice, level in _wording(text, words, name, allowed, imported):
                yield step.id, what, f"{place}{advice} («{_start(text)}»)", level


def _start(text: str) -> str:
    return " ".join(text.split())[:40]


def _wording(
    text: str, words: Words, name: str, allowed: Allowed, imported: bool
) -> Iterator[tuple[str, str, Literal["error", "warning"]]]:
    plain = filled(text)
    if imported:
        for found in phones_in(plain):
            if digits(found) not in allowed.phones:
                yield "teléfono", f"el teléfono {found} no está en ninguna lista de teléfonos permitidos", "error"
    else:
        for fault in check_text("", "", Text(plain), (), allowed):
            yield "texto", fault.advice, fault.level
    odd = [char for char in dict.fromkeys(plain) if char not in GSM7 and (imported or char not in _ACCENTS)]
    if odd:
        yield "UCS-2", f"cae en UCS-2 por {', '.join(map(_named, odd))}; cada SMS lleva 70 letras", "warning"
    if name != "messenger":
        options = [f"{number} {option.title}" for number, option in enumerate(words.options, 1)]
        cost = segments(transliterate("\n".join([plain, *options])))
        if cost.count > 1 and (imported or cost.count <= SMS_LONG):
            yield "largo", f"ocupa {cost.count} SMS ({cost.units} letras); procura 1", "warning"


def _named(char: str) -> str:
    code = f"U+{ord(char):04X}"
    name = _NAMES.get(char) or (char if unicodedata.category(char)[0] in "LNPS" else "invisible")
    return f"{name} ({code})"


def filled(text: str) -> str:
    """A text with values of usual length in the place of expressions and markers."""
    words = "".join(part if isinstance(part, str) else _SAMPLE for part in parts(text))
    return _MARKER.sub(lambda marker: PLACEHOLDERS.get(marker[1], marker[0]), words)
