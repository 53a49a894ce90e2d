"""The redacted copy of a text: what search, logs, review and exports may see."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import partial

_NAMED = re.compile(
    r"\b(?:me llamo|mi nombre es|soy)\s+(?!de\b|del\b|la\b|el\b|un\b|una\b)"
    r"([A-ZÁÉÍÓÚÑ][\wáéíóúñ]+(?:\s+[A-ZÁÉÍÓÚÑ][\wáéíóúñ]+)*)"
)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[A-Z]{4}\d{6}[HMX][A-Z]{5}[0-9A-Z]\d\b", re.IGNORECASE), "[CURP]"),
    (re.compile(r"\b[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}\b", re.IGNORECASE), "[RFC]"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[correo]"),
    (re.compile(r"(?<!\w)\+?\d(?:[\s().-]{0,2}\d){9,14}(?!\w)"), "[teléfono]"),
    (re.compile(r"(?<!\d)\d(?:[\s-]?\d){12,18}(?!\d)"), "[número]"),
    (_NAMED, "[nombre]"),
)
_PERSONAL: Mapping[str, str] = {
    "name": "[nombre]", "curp": "[CURP]", "email": "[correo]", "phone": "[teléfono]", "place": "[lugar]",
    "person": "[datos]",
}  # fmt: skip


def redact(text: str, public: Collection[str] = ()) -> str:
    """A copy without CURP, RFC, e-mail, telephone and long numbers, or names told as such.

    `public` are telephones that anybody may read, as digits: those of the institution and the nation.
    """
    for pattern, word in _RULES:
        text = pattern.sub(partial(_word_for, word, public), text)
    return text


def _word_for(word: str, public: Collection[str], found: re.Match[str]) -> str:
    return found[0] if _digits(found[0]) in public else word


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def redact_answer(text: str, expected: str | None) -> str:
    """The same, and the whole text where the question asked for a personal datum."""
    return _PERSONAL.get(expected or "") or redact(text)
