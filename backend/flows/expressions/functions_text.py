"""Text and lists. "excel" counts words from 1, "goflow" from 0."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from html import unescape
from urllib.parse import quote

from backend.flows.expressions.values import (
    LONGEST_TEXT,
    ExpressionError,
    Scope,
    Value,
    plain,
    settled,
    to_text,
    to_truth,
    to_whole,
)

_WORD = re.compile(r"[\w']+|[^\w\s'!-/:-@\[-`{-~¿¡]")
_LONGEST_PATTERN = 200


def _limited(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ExpressionError("el texto es demasiado largo")
    return text


def _words(text: str, by_spaces: bool) -> list[str]:
    return text.split() if by_spaces else _WORD.findall(text)


def _left(scope: Scope, text: Value, count: Value) -> Value:
    return to_text(text, scope)[: _count(count, scope)]


def _right(scope: Scope, text: Value, count: Value) -> Value:
    number = _count(count, scope)
    return to_text(text, scope)[-number:] if number else ""


def _count(value: Value, scope: Scope) -> int:
    number = to_whole(value, scope)
    if number < 0:
        raise ExpressionError("la cantidad es negativa")
    return number


def _repeat(scope: Scope, text: Value, times: Value) -> Value:
    words, number = to_text(text, scope), _count(times, scope)
    if len(words) * number > LONGEST_TEXT:
        raise ExpressionError("el texto es demasiado largo")
    return words * number


def _substitute(scope: Scope, text: Value, old: Value, new: Value, which: Value = Decimal(-1)) -> Value:
    words, before, after = (to_text(value, scope) for value in (text, old, new))
    number = to_whole(which, scope)
    if not before:
        return words
    if number < 0:
        return _limited(words.replace(before, after))
    pieces = words.split(before)
    if not 1 <= number < len(pieces):
        return words
    return _limited(before.join(pieces[:number]) + after + before.join(pieces[number:]))


def _replace(scope: Scope, text: Value, old: Value, new: Value, times: Value = Decimal(-1)) -> Value:
    words, before, after = (to_text(value, scope) for value in (text, old, new))
    return _limited(words.replace(before, after, to_whole(times, scope))) if before else words


def _code(scope: Scope, text: Value) -> Value:
    words = to_text(text, scope)
    if not words:
        raise ExpressionError("el texto está vacío")
    return Decimal(ord(words[0]))


def _char(scope: Scope, number: Value) -> Value:
    code = to_whole(number, scope)
    if not 0 <= code < 0x110000:
        raise ExpressionError("no hay tal letra")
    return chr(code)


def _clean(scope: Scope, text: Value) -> Value:
    return "".join(char for char in to_text(text, scope) if ord(char) >= 32)


def _slice_of_words(words: Sequence[str], start: int, stop: int | None) -> str:
    return " ".join(words[slice(start, stop)])


def _word_excel(scope: Scope, text: Value, number: Value, by_spaces: Value = False) -> Value:
    return _word_slice_excel(scope, text, number, Decimal(to_whole(number, scope) + 1), by_spaces)


def _word_slice_excel(
    scope: Scope, text: Value, start: Value, stop: Value = Decimal(0), by_spaces: Value = False
) -> Value:
    first, last = to_whole(start, scope), to_whole(stop, scope)
    if first == 0:
        raise ExpressionError("las palabras se cuentan desde 1")
    words = _words(to_text(text, scope), to_truth(by_spaces, scope))
    end = None if last == 0 else last - 1 if last > 0 else last
    return _slice_of_words(words, first - 1 if first > 0 else first, end)


def _word(scope: Scope, text: Value, index: Value, delimiters: Value = None) -> Value:
    words = _split(scope, text, delimiters)
    at = to_whole(index, scope)
    if not -len(words) <= at < len(words):
        raise ExpressionError(f"no hay palabra {at}")
    return words[at]


def _word_slice(scope: Scope, text: Value, start: Value, stop: Value = Decimal(-1), delimiters: Value = None) -> Value:
    last = to_whole(stop, scope)
    return _slice_of_words(_split(scope, text, delimiters), to_whole(start, scope), last if last >= 0 else None)


def _split(scope: Scope, text: Value, delimiters: Value = None) -> list[str]:
    words, marks = to_text(text, scope), to_text(delimiters, scope)
    if not marks:
        return _words(words, False)
    return [piece for piece in re.split(f"[{re.escape(marks)}]+", words) if piece]


def _field(base: int) -> Callable[..., Value]:
    def field(scope: Scope, text: Value, index: Value, delimiter: Value = " ") -> Value:
        mark = to_text(delimiter, scope) or " "
        pieces = to_text(text, scope).split(mark)
        if base or not mark.strip():
            pieces = [piece for piece in pieces if piece.strip()]
        at = to_whole(index, scope) - base
        if at < 0:
            raise ExpressionError(f"los campos se cuentan desde {base}")
        return pieces[at] if at < len(pieces) else ""

    return field


def _remove_first_word(scope: Scope, text: Value) -> Value:
    words = to_text(text, scope).lstrip()
    first = _words(words, False)[:1]
    return words[words.index(first[0]) + len(first[0]) :].lstrip() if first else ""


def _first_word(scope: Scope, text: Value) -> Value:
    return next(iter(_words(to_text(text, scope), False)), "")


def _word_count(scope: Scope, text: Value, by_spaces: Value = False) -> Value:
    spaces = to_text(by_spaces, scope) == " " or (isinstance(by_spaces, bool) and by_spaces)
    return Decimal(len(_words(to_text(text, scope), spaces)))


def _regex(scope: Scope, text: Value, pattern: Value, group: Value = Decimal(0)) -> Value:
    written = to_text(pattern, scope)
    if len(written) > _LONGEST_PATTERN:
        raise ExpressionError("el patrón es demasiado largo")
    try:
        match = re.search(written, to_text(text, scope)[:1000], re.IGNORECASE | re.MULTILINE)
        return (match[to_whole(group, scope)] or "") if match else ""
    except (re.error, IndexError):
        raise ExpressionError("el patrón no sirve") from None


def _read_digits(scope: Scope, text: Value) -> Value:
    digits = to_text(text, scope).strip().removeprefix("+")
    if len(digits) == 9:
        return " , ".join(" ".join(part) for part in (digits[:3], digits[3:5], digits[5:]))
    size = 3 if len(digits) % 3 == 0 and len(digits) > 3 else 4 if digits and len(digits) % 4 == 0 else 0
    if not size:
        return ",".join(digits)
    return " ".join(",".join(digits[at : at + size] for at in range(0, len(digits), size)))


def _list(value: Value) -> Sequence[object]:
    value = plain(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    raise ExpressionError("no es una lista")


def _count_of(scope: Scope, value: Value) -> Value:
    value = plain(value)
    if isinstance(value, Mapping):
        return Decimal(len(value))
    return Decimal(len(_list(value)))


def _join(scope: Scope, items: Value, mark: Value) -> Value:
    return _limited(to_text(mark, scope).join(to_text(settled(item), scope) for item in _list(items)))


def _parse_json(scope: Scope, text: Value) -> Value:
    try:
        return settled(json.loads(to_text(text, scope)))
    except (ValueError, RecursionError):
        raise ExpressionError("no es JSON") from None


def _text_slice(scope: Scope, text: Value, start: Value, stop: Value = None, trim: Value = False) -> Value:
    end = None if stop is None else to_whole(stop, scope)
    piece = to_text(text, scope)[to_whole(start, scope) : end]
    return piece.strip() if trim is True else piece


def _compare(scope: Scope, one: Value, two: Value) -> Value:
    first, second = to_text(one, scope), to_text(two, scope)
    return Decimal((first > second) - (first < second))


def _plainer(scope: Scope, text: Value) -> Value:
    parts = unicodedata.normalize("NFKD", to_text(text, scope))
    return "".join(char for char in parts if not unicodedata.combining(char))


SHARED: Mapping[str, Callable[..., Value]] = {
    "upper": lambda scope, text: to_text(text, scope).upper(),
    "lower": lambda scope, text: to_text(text, scope).lower(),
    "text": lambda scope, value: to_text(value, scope),
    "len": lambda scope, text: Decimal(len(to_text(text, scope))),
    "char": _char,
    "code": _code,
    "clean": _clean,
    "word_count": _word_count,
    "remove_first_word": _remove_first_word,
    "first_word": _first_word,
    "read_digits": _read_digits,
    "read_chars": _read_digits,
    "format_location": lambda scope, text: to_text(text, scope).split(">")[-1].strip(),
    "regex_group": _regex,
    "remove_accents": _plainer,
    "left": _left,
    "right": _right,
    "concatenate": lambda scope, *texts: _limited("".join(to_text(text, scope) for text in texts)),
}
EXCEL: Mapping[str, Callable[..., Value]] = {
    "proper": lambda scope, text: to_text(text, scope).title(),
    "rept": _repeat,
    "substitute": _substitute,
    "unichar": _char,
    "unicode": _code,
    "word": _word_excel,
    "word_slice": _word_slice_excel,
    "field": _field(1),
}
GOFLOW: Mapping[str, Callable[..., Value]] = {
    "title": lambda scope, text: to_text(text, scope).title(),
    "repeat": _repeat,
    "replace": _replace,
    "trim": lambda scope, text, marks=None: to_text(text, scope).strip(to_text(marks, scope) or None),
    "trim_left": lambda scope, text, marks=None: to_text(text, scope).lstrip(to_text(marks, scope) or None),
    "trim_right": lambda scope, text, marks=None: to_text(text, scope).rstrip(to_text(marks, scope) or None),
    "text_length": lambda scope, text: Decimal(len(to_text(text, scope))),
    "text_slice": _text_slice,
    "text_compare": _compare,
    "regex_match": _regex,
    "url_encode": lambda scope, text: quote(to_text(text, scope)),
    "html_decode": lambda scope, text: unescape(to_text(text, scope)),
    "format_urn": lambda scope, text: to_text(text, scope).split(":", 1)[-1],
    "urn_parts": lambda scope, text: dict(zip(("scheme", "path"), to_text(text, scope).split(":", 1), strict=False)),
    "word": _word,
    "word_slice": _word_slice,
    "field": _field(0),
    "split": _split,
    "join": _join,
    "count": _count_of,
    "array": lambda scope, *items: items,
    "reverse": lambda scope, items: list(reversed(_list(items))),
    "sort": lambda scope, items: sorted(_list(items), key=lambda item: to_text(settled(item), scope)),
    "unique": lambda scope, items: list(dict.fromkeys(to_text(settled(item), scope) for item in _list(items))),
    "contains": lambda scope, items, item: (
        to_text(item, scope) in [to_text(settled(one), scope) for one in _list(items)]
    ),
    "json": lambda scope, value: json.dumps(value, default=str, ensure_ascii=False),
    "parse_json": _parse_json,
}
