"""Cases of routers, version 13 (goflow)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from backend.flows.model import Test
from backend.rapidpro.books import Desk
from backend.rapidpro.loose import items, text

Raw = Mapping[str, Any]
Convert = Callable[[Sequence[str], Desk], "Test | None"]


def convert_case(raw: Raw, translated: Sequence[str], desk: Desk) -> Test | None:
    """A case as a test; `translated` are its arguments in other languages. None, with a note, where there is none."""
    kind = text(raw.get("type")).lower().strip()
    convert = _CASES.get(kind)
    if convert is None:
        desk.lost(f"prueba {kind or 'sin tipo'}", _UNKNOWN.get(kind, "no se conoce"))
        return None
    arguments = [text(argument) for argument in items(raw.get("arguments"))]
    return convert([*arguments, *translated] if kind in _WORDS else arguments, desk)


def _plain(kind: str) -> Convert:
    return lambda arguments, desk: Test(kind)


def _wording(kind: str) -> Convert:
    def convert(arguments: Sequence[str], desk: Desk) -> Test | None:
        words = tuple(dict.fromkeys(argument for argument in arguments if argument.strip()))
        if not words:
            desk.warn("prueba vacía", f"{kind} sin palabras no encaja con nada")
            return Test("never")
        return Test(kind, words)

    return convert


def _values(kind: str, count: int) -> Convert:
    def convert(arguments: Sequence[str], desk: Desk) -> Test | None:
        values = tuple(argument for argument in arguments if argument.strip())[:count]
        if len(values) < count:
            desk.warn("prueba vacía", f"{kind} sin valor no encaja con nada")
            return Test("never")
        return Test(kind, values)

    return convert


def _group(arguments: Sequence[str], desk: Desk) -> Test | None:
    """`[uuid, name]`; an old export may hold only the uuid."""
    names = [argument for argument in arguments if argument.strip()]
    if not names:
        desk.lost("prueba has_group", "el grupo no tiene nombre")
        return None
    return Test("group", (names[1] if len(names) > 1 else names[0],))


_WORDS = (
    "has_any_word",
    "has_all_words",
    "has_phrase",
    "has_only_phrase",
    "has_only_text",
    "has_beginning",
    "has_pattern",
)
_CASES: Mapping[str, Convert] = {
    "has_any_word": _wording("word"),
    "has_all_words": _wording("words"),
    "has_phrase": _wording("phrase"),
    "has_only_phrase": _wording("only"),
    "has_only_text": _wording("only"),
    "has_beginning": _wording("starts"),
    "has_pattern": _wording("pattern"),
    "has_text": _plain("text"),
    "has_value": _plain("text"),
    "has_number": _plain("number"),
    "has_number_eq": _values("eq", 1),
    "has_number_lt": _values("lt", 1),
    "has_number_lte": _values("lte", 1),
    "has_number_gt": _values("gt", 1),
    "has_number_gte": _values("gte", 1),
    "has_number_between": _values("between", 2),
    "has_date": _plain("date"),
    "has_date_eq": _values("date_eq", 1),
    "has_date_lt": _values("date_before", 1),
    "has_date_gt": _values("date_after", 1),
    "has_time": _plain("time"),
    "has_email": _plain("email"),
    "has_phone": _plain("phone"),
    "has_group": _group,
    "has_category": _wording("category"),
    "has_error": _plain("never"),
    "is_error": _plain("never"),
    "has_run_status": _wording("only"),
    "has_webhook_status": lambda arguments, desk: Test(
        "when", ("@webhook.success" if "success" in arguments else "@(webhook.success = FALSE)",)
    ),
}
_PLACES = "no hay catálogo de estados, municipios y colonias para leerlo"
_MODELS = "no hay clasificadores de RapidPro"
_UNKNOWN: Mapping[str, str] = {
    "has_state": _PLACES,
    "has_district": _PLACES,
    "has_ward": _PLACES,
    "has_intent": _MODELS,
    "has_top_intent": _MODELS,
}
