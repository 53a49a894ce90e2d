"""Reads what a page's form sends: small, urlencoded, with the token of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Path, Request

from backend.operators.access import Forged, Person, check_origin, check_token

LARGEST = 64 * 1024
MOST_FIELDS = 40
RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class TooLarge(Exception):
    """More than any form of ours sends."""


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields, the last of each name. Raises Forged for another kind of body or another site's, and TooLarge."""
    check_origin(request)
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        raise Forged
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise TooLarge
    try:
        fields = parse_qs(body.decode("latin-1"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise TooLarge from error
    return {name: _clean(values[-1]) for name, values in fields.items()}


async def read_own_form(request: Request, person: Person) -> Mapping[str, str]:
    """The same, from a page of this very session."""
    form = await read_form(request)
    check_token(person, form.get("csrf", ""))
    return form


def _clean(value: str) -> str:
    """One kind of line end; no NUL, which PostgreSQL cannot keep."""
    return value.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
