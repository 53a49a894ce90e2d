"""The fields of a webhook as received, decoded without losing any: every one of them is signed."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qsl

from channels.base import Unreadable

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Form(dict[str, list[str]]):
    """Field -> values, in order. Blank fields, repeated fields and white space stay."""

    note: str | None = None

    def getall(self, name: str) -> list[str]:
        return self[name]

    def first(self, name: str) -> str:
        return self[name][0] if name in self else ""


def parse_form(body: bytes) -> Form:
    """Form fields in UTF-8; a body that is not UTF-8 is read as Latin-1, which old gateways send."""
    note = None
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
        note = "not UTF-8, read as Latin-1"
    form = Form()
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    form.note = note
    return form


def parse_json(body: bytes) -> Form:
    """The plain values of a JSON object as fields. Raises Unreadable."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None
    if not isinstance(fields, dict):
        raise Unreadable("the JSON body is not an object")
    return Form({name: [str(value)] for name, value in fields.items() if isinstance(value, str | int | float)})


def clean(text: str) -> str:
    """Without NUL and broken surrogates, which no database stores."""
    return _UNSTORABLE.sub("", text)
