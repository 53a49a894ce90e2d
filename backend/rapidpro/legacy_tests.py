"""Tests of rules, versions up to 11."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from backend.flows.model import Test
from backend.rapidpro.books import Desk
from backend.rapidpro.loose import alternatives, mapping, mappings, text

Raw = Mapping[str, Any]
Convert = Callable[[Raw, Desk], "Test | None"]

_PLACES = "no hay catálogo de estados, municipios y colonias para leerlo"
_NEVER = Test("never")


def convert_test(raw: Raw, desk: Desk) -> Test | None:
    """A test, or None, with a note, for one that has no likeness here; a rule without it never fits."""
    kind = text(raw.get("type")).lower().strip()
    convert = _TESTS.get(kind)
    if convert is None:
        desk.lost(f"prueba {kind or 'sin tipo'}", _UNKNOWN.get(kind, "no se conoce"))
        return None
    return convert(raw, desk)


def _plain(kind: str) -> Convert:
    return lambda raw, desk: Test(kind)


def _wording(kind: str) -> Convert:
    def convert(raw: Raw, desk: Desk) -> Test | None:
        words = alternatives(raw.get("test"))
        if not words:
            desk.warn("prueba vacía", f"{kind} sin palabras no encaja con nada")
            return _NEVER
        return Test(kind, words)

    return convert


def _compared(kind: str) -> Convert:
    def convert(raw: Raw, desk: Desk) -> Test | None:
        value = next(iter(alternatives(raw.get("test"))), "")
        if not value:
            desk.warn("prueba vacía", f"{kind} sin número no encaja con nada")
            return _NEVER
        if kind == "eq" and not _NUMERIC.fullmatch(value.strip()) and "@" not in value:
            return Test("only", alternatives(raw.get("test")))
        return Test(kind, (value,))

    return convert


_NUMERIC = re.compile(r"[-+]?\d+(\.\d+)?")


def _between(raw: Raw, desk: Desk) -> Test | None:
    low, high = text(raw.get("min")), text(raw.get("max"))
    if not low or not high:
        desk.warn("prueba vacía", "between sin límites no encaja con nada")
        return _NEVER
    return Test("between", (low, high))


def _group(raw: Raw, desk: Desk) -> Test | None:
    group = raw.get("test")
    name = text(mapping(group).get("name")) or text(group)
    if not name:
        desk.lost("prueba in_group", "el grupo no tiene nombre")
        return None
    return Test("group", (name,))


def _several(kind: str) -> Convert:
    def convert(raw: Raw, desk: Desk) -> Test | None:
        parts = [part for one in mappings(raw.get("tests")) if (part := convert_test(one, desk))]
        return Test(kind, parts=tuple(parts)) if parts else _NEVER

    return convert


def _subflow(raw: Raw, desk: Desk) -> Test | None:
    return Test("only", (text(raw.get("exit_type")).lower() or "completed",))


def _status(raw: Raw, desk: Desk) -> Test | None:
    success = text(raw.get("status")).lower() in ("success", "s", "true", "200")
    return Test("when", ("@webhook.success" if success else "@(webhook.success = FALSE)",))


_TESTS: Mapping[str, Convert] = {
    "true": _plain("text"),
    "false": _plain("never"),
    "not_empty": _plain("text"),
    "contains": _wording("words"),
    "contains_any": _wording("word"),
    "contains_phrase": _wording("phrase"),
    "contains_only_phrase": _wording("only"),
    "starts": _wording("starts"),
    "regex": _wording("pattern"),
    "eq": _compared("eq"),
    "lt": _compared("lt"),
    "lte": _compared("lte"),
    "gt": _compared("gt"),
    "gte": _compared("gte"),
    "between": _between,
    "number": _plain("number"),
    "date": _plain("date"),
    "date_before": _compared("date_before"),
    "date_after": _compared("date_after"),
    "date_equal": _compared("date_eq"),
    "phone": _plain("phone"),
    "email": _plain("email"),
    "has_email": _plain("email"),
    "time": _plain("time"),
    "in_group": _group,
    "and": _several("all"),
    "or": _several("any"),
    "subflow": _subflow,
    "webhook_status": _status,
}
_UNKNOWN: Mapping[str, str] = {
    "state": _PLACES,
    "district": _PLACES,
    "ward": _PLACES,
    "airtime_status": "aquí no se regala tiempo aire",
    "interrupted_status": "no hay llamadas de voz",
}
