"""What a failed call to a provider means for the next try. Shared by every channel that speaks HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx

from channels.base import Effect, SendError

DATA = Path(__file__).parent / "data"
# the request was never written in full, or never left this machine
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
# a gateway gave up, while what is behind it may have gone on
_DOUBTFUL_STATUS = frozenset({502, 504})


@dataclass(frozen=True)
class Failure:
    """One row of a provider's error table."""

    meaning: str
    effect: Effect = "none"
    retryable: bool = False


def load(file: str) -> Any:
    """A JSON file of channels/data."""
    return json.loads((DATA / file).read_text(encoding="utf-8"))


def load_failures(file: str) -> dict[str, Failure]:
    """Error code -> what it means, from a JSON file of channels/data."""
    return {code: Failure(**row) for code, row in load(file)["errors"].items()}


def from_transport(error: Exception) -> SendError:
    """A call that got no answer. Only names the kind of error, since addresses may hold personal data."""
    kind = type(error).__name__
    if isinstance(error, _NOT_SENT):
        return SendError("connect", f"the provider cannot be reached ({kind})", retryable=True)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.InvalidURL | httpx.LocalProtocolError):
        return SendError("request", f"the request cannot be made ({kind})", effect="configuration")
    return SendError("no_answer", f"no answer after the request was sent ({kind})", retryable=True, maybe_accepted=True)


def from_answer(code: str, status: int, table: Mapping[str, Failure], headers: Mapping[str, str]) -> SendError:
    """An answer that says no: by the provider's code, else by the HTTP status."""
    known = table.get(code)
    wait = retry_after(headers)
    if known is not None:
        return SendError(code, known.meaning, retryable=known.retryable, effect=known.effect, retry_after=wait)
    if status == 429 or status >= 500:
        doubtful = status in _DOUBTFUL_STATUS
        return SendError(code, f"HTTP {status}", retryable=True, maybe_accepted=doubtful, retry_after=wait)
    effect: Effect = "configuration" if status in (401, 403, 404) or 300 <= status < 400 else "none"
    return SendError(code, f"HTTP {status}", effect=effect)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header (a number or a date), None where there is none."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    return max(0.0, (when - datetime.now(timezone.utc)).total_seconds())
