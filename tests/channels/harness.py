"""Finds the channel files, reads their cases and signs requests as the providers do.

A channel file is a module of channels/ with a dataclass that can verify and send. Its cases stand beside this file in
`<name>.yml`: `settings`, and `cases` with a payload and what it means. The signatures here are written from the
providers' pages and share no code with the channels.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import importlib
import inspect
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import yaml

from channels.base import Channel, WebhookRequest

HERE = Path(__file__).parent
CHANNELS = HERE.parents[1] / "channels"
ORACLES = HERE / "oracles"
BASE_URL = "https://ventanilla.example"


@cache
def channel_class(name: str) -> type | None:
    """The class of channels/<name>.py that is a channel, if it is a channel file."""
    module = importlib.import_module(f"channels.{name}")
    for _, found in inspect.getmembers(module, inspect.isclass):
        own = found.__module__ == module.__name__ and is_dataclass(found)
        if own and hasattr(found, "verify") and hasattr(found, "send"):
            return found
    return None


def channel_names() -> list[str]:
    names = (path.stem for path in sorted(CHANNELS.glob("*.py")) if path.stem != "__init__")
    return [name for name in names if channel_class(name)]


@dataclass(frozen=True)
class Case:
    """One payload: `expected` holds inbound, status, ignored and error as written in the file."""

    channel: str
    title: str
    request: WebhookRequest
    expected: Mapping[str, Any]


@cache
def document(name: str) -> dict[str, Any]:
    path = HERE / f"{name}.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def build(name: str) -> Channel:
    found = channel_class(name)
    assert found is not None
    channel: Channel = found(**document(name)["settings"])
    return channel


def cases(name: str) -> list[Case]:
    return [Case(name, raw["title"], _request(name, raw), raw) for raw in document(name).get("cases", [])]


def _request(name: str, raw: Mapping[str, Any]) -> WebhookRequest:
    settings = document(name)["settings"]
    url = BASE_URL + raw.get("path", f"/webhooks/{name}")
    body = _body(raw)
    headers = {key.lower(): value for key, value in raw.get("headers", {}).items()}
    if raw.get("method", "POST") == "POST" and raw.get("signed", True):
        headers |= SIGNERS[name](settings, url, body, headers)
    return WebhookRequest(raw.get("method", "POST"), url, headers, dict(parse_qsl(urlsplit(url).query)), body)


def _body(raw: Mapping[str, Any]) -> bytes:
    if "form" in raw:
        repeat = {key: str(value) * raw.get("repeat", {}).get(key, 1) for key, value in raw["form"].items()}
        return urlencode(repeat).encode()
    body = raw.get("body", "")
    return body if isinstance(body, bytes) else body.encode()


def sign_twilio(settings: Mapping[str, Any], url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """URL, then every field name and value in order of the names, through HMAC-SHA1."""
    if "json" in headers.get("content-type", ""):
        pairs = []
    else:
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True, encoding="latin-1")
    signed = url + "".join(name + value for name, value in sorted(set(pairs)))
    digest = hmac.new(settings["auth_token"].encode(), signed.encode(), hashlib.sha1).digest()
    return {"x-twilio-signature": base64.b64encode(digest).decode()}


def sign_messenger(settings: Mapping[str, Any], url: str, body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """HMAC-SHA256 of the raw bytes."""
    digest = hmac.new(settings["app_secret"].encode(), body, hashlib.sha256).hexdigest()
    return {"x-hub-signature-256": f"sha256={digest}"}


SIGNERS = {"twilio_sms": sign_twilio, "messenger": sign_messenger}


def plain(value: Any) -> dict[str, Any]:
    """A dataclass as the files write it: what has its default is left out, times are ISO, tuples are lists."""
    kept = {field.name: getattr(value, field.name) for field in fields(value) if _differs(value, field)}
    return {name: _plain(item) for name, item in kept.items() if name != "channel"}


def _differs(value: Any, field: Any) -> bool:
    return bool(getattr(value, field.name) != field.default)


def _plain(item: Any) -> Any:
    if isinstance(item, datetime):
        return item.isoformat()
    if isinstance(item, tuple | list):
        return [_plain(one) for one in item]
    if is_dataclass(item) and not isinstance(item, type):
        return {key: one for key, one in asdict(item).items() if one is not None}
    return item
