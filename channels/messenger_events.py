"""What the items of a Messenger webhook mean. No signature and no network here.

Facts: Meta's Messenger Platform webhook reference (2026); old shapes without `mid` are understood too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any

from channels.base import Attachment, Inbound, InboundKind, StatusUpdate, Unreadable
from channels.forms import clean

NAME = "messenger"
METADATA_PREFIX = "ventanilla:"  # what we put into a message of ours, so that its echo is known
TEXT_KEPT = 10_000  # characters of an inbound text
ID_MAX = 255
ATTACHMENTS_MAX = 30
LIKE = "👍"
LIKE_STICKERS = frozenset({"369239263222822", "369239343222814", "369239383222810"})  # small, large, huge
MEDIA_KINDS = frozenset({"image", "audio", "video", "file"})
_ENVELOPE = frozenset({"sender", "recipient", "timestamp"})
_SECONDS_BELOW = 100_000_000_000  # a timestamp below this is in seconds, else in milliseconds


@dataclass(frozen=True)
class Item:
    """One event, with the page it belongs to and whether another app holds the conversation."""

    page: str
    event: Mapping[str, Any]
    standby: bool
    entry_time: object = None

    def part(self, name: str) -> Mapping[str, Any]:
        return _mapping(self.event.get(name))

    @property
    def sender(self) -> str:
        return _identifier(self.part("sender").get("id"))

    @property
    def recipient(self) -> str:
        return _identifier(self.part("recipient").get("id"))

    @property
    def at(self) -> datetime | None:
        return moment(self.event.get("timestamp")) or moment(self.entry_time)

    @property
    def is_echo(self) -> bool:
        return self.part("message").get("is_echo") is True

    def name(self) -> str:
        """The event's own name, for counting what nobody understands."""
        named = [key for key, value in self.event.items() if key not in _ENVELOPE and isinstance(value, dict) and value]
        found = "echo" if self.is_echo else named[0] if named else "empty"
        return _label(("standby." if self.standby else "") + found)


def items(body: bytes) -> list[Item]:
    """The events of a webhook in order. Raises Unreadable."""
    found = []
    for entry in _entries(body):
        page = _identifier(entry.get("id"))
        for name in ("messaging", "standby"):
            events = entry.get(name)
            for event in events if isinstance(events, list) else []:
                if isinstance(event, dict):
                    found.append(Item(page, event, name == "standby", entry.get("time")))
    return found


def other_parts(body: bytes) -> list[str]:
    """Names of what is in a webhook beside its events: another object, changes of the page."""
    document = _document(body)
    if document.get("object") != "page":
        return [_label("object." + _string(document.get("object")))]
    names = []
    for entry in _entries(body):
        changes = entry.get("changes")
        fields = [_mapping(change).get("field") for change in changes] if isinstance(changes, list) else []
        names += [_label("changes." + _string(field)) for field in fields]
    return names


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None
    if not isinstance(document, dict):
        raise Unreadable("the body is not a JSON object")
    return document


def _entries(body: bytes) -> list[dict[str, Any]]:
    document = _document(body)
    if document.get("object") != "page":
        return []
    entries = document.get("entry")
    if not isinstance(entries, list):
        raise Unreadable("no entries in the body")
    return [entry for entry in entries if isinstance(entry, dict)]


def inbound(item: Item, own_app_id: str) -> Inbound | None:
    """The message in an event; None where it holds none that concerns us."""
    read = _reading(item, own_app_id)
    person = item.recipient if item.is_echo else item.sender
    line = item.page or (item.sender if item.is_echo else item.recipient)
    if read is None or not person or not line:
        return None
    kind: InboundKind = "echo" if item.is_echo else "standby" if item.standby else read.kind
    return replace(read, sender=person, line=line, kind=kind, sent_at=item.at)


def _reading(item: Item, own_app_id: str) -> Inbound | None:
    if message := item.part("message"):
        own = item.is_echo and is_own_echo(message, own_app_id)
        return None if own or message.get("is_deleted") is True else _from_message(item, message)
    if postback := item.part("postback"):
        return _from_postback(item, postback)
    if referral := item.part("referral"):
        return _from_referral(item, referral)
    return None


def is_own_echo(message: Mapping[str, Any], own_app_id: str) -> bool:
    """Whether an echo is of a message that this installation sent."""
    own_app = bool(own_app_id) and _identifier(message.get("app_id")) == own_app_id
    return own_app or _string(message.get("metadata")).startswith(METADATA_PREFIX)


def _from_message(item: Item, message: Mapping[str, Any]) -> Inbound:
    text, note = _text(message.get("text"))
    choice = _string(_mapping(message.get("quick_reply")).get("payload"))
    attachments, location = [], None
    for raw in _list(message.get("attachments"))[:ATTACHMENTS_MAX]:
        found = _attachment(raw, message.get("sticker_id"))
        if isinstance(found, Attachment):
            attachments.append(found)
        elif isinstance(found, str):
            text = text or found
        elif found:
            location = location or found
    kind: InboundKind = (
        "choice"
        if choice
        else "text"
        if text.strip()
        else "location"
        if location
        else "media"
        if attachments
        else "empty"
    )
    return Inbound(
        NAME,
        _own_or_made_id(item, message),
        "",
        "",
        kind,
        text,
        choice or None,
        tuple(attachments),
        location,
        note=note,
    )


def _attachment(raw: Any, sticker: Any) -> Attachment | tuple[float, float] | str | None:
    """A file, a place (latitude, longitude), or the words of a thumbs-up."""
    attachment = _mapping(raw)
    payload = _mapping(attachment.get("payload"))
    url = _string(payload.get("url") or attachment.get("url") or attachment.get("URL")) or None
    sticker_id = _identifier(payload.get("sticker_id") or sticker)
    if sticker_id in LIKE_STICKERS:
        return LIKE
    if sticker_id:
        return Attachment("sticker", url)
    kind = _string(attachment.get("type"))
    if kind == "location":
        return _place(_mapping(payload.get("coordinates")))
    if kind in MEDIA_KINDS or url:
        return Attachment(kind if kind in MEDIA_KINDS else "file", url)
    return None


def _from_postback(item: Item, postback: Mapping[str, Any]) -> Inbound:
    text, note = _text(postback.get("title"))
    # the same m.me link reaches a newcomer here and an old acquaintance as a referral: both mean its ref
    choice = _string(_mapping(postback.get("referral")).get("ref")) or _string(postback.get("payload"))
    kind: InboundKind = "choice" if choice else "text" if text.strip() else "empty"
    return Inbound(NAME, _own_or_made_id(item, postback), "", "", kind, text, choice or None, note=note)


def _from_referral(item: Item, referral: Mapping[str, Any]) -> Inbound | None:
    ref = _string(referral.get("ref"))
    if not ref:
        return None
    return Inbound(NAME, _own_or_made_id(item, referral), "", "", "choice", choice=ref)


def statuses(item: Item, own_app_id: str) -> list[StatusUpdate]:
    """Deliveries, reads, and echoes of our own, which carry our outbound id."""
    if item.standby:
        return []
    if delivery := item.part("delivery"):
        mids = [mid for raw in _list(delivery.get("mids")) if (mid := _identifier(raw))]
        return [_update(item, "delivered", mid, delivery) for mid in mids or [""]]
    if read := item.part("read"):
        return [_update(item, "read", "", read)]
    message = item.part("message")
    mid, metadata = _identifier(message.get("mid")), _string(message.get("metadata"))
    own_id = metadata.removeprefix(METADATA_PREFIX) if metadata.startswith(METADATA_PREFIX) else ""
    if item.is_echo and mid and own_id and is_own_echo(message, own_app_id):
        return [StatusUpdate(NAME, mid, "sent", own_id=own_id[:ID_MAX], recipient=item.recipient or None)]
    return []


def _update(item: Item, status: str, mid: str, receipt: Mapping[str, Any]) -> StatusUpdate:
    return StatusUpdate(
        NAME,
        mid,
        status,
        recipient=item.sender or None,
        watermark=moment(receipt.get("watermark")) or item.at,
    )


def moment(value: object) -> datetime | None:
    """A timestamp in milliseconds or seconds as UTC; None for anything else."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value):
        value = int(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or not value > 0:
        return None
    try:
        return datetime.fromtimestamp(value if value < _SECONDS_BELOW else value / 1000, tz=timezone.utc)
    except (ValueError, OverflowError, OSError):
        return None


def _own_or_made_id(item: Item, part: Mapping[str, Any]) -> str:
    """Meta's message id; else one made of the event itself, which a redelivery repeats to the letter."""
    mid = _string(part.get("mid"))
    if mid and len(mid) <= ID_MAX:
        return mid
    try:
        basis = json.dumps([item.page, dict(item.event)], sort_keys=True)
    except RecursionError:
        raise Unreadable("an event is nested too deeply") from None
    return "made." + hashlib.sha256(basis.encode()).hexdigest()


def _text(value: Any) -> tuple[str, str | None]:
    received = value if isinstance(value, str) else ""
    text, notes = clean(received), []
    if text != received:
        notes.append("NUL removed")
    if len(text) > TEXT_KEPT:
        notes.append(f"cut from {len(text)} to {TEXT_KEPT} characters")
    return text[:TEXT_KEPT], "; ".join(notes) or None


def _place(coordinates: Mapping[str, Any]) -> tuple[float, float] | None:
    try:
        latitude, longitude = float(coordinates["lat"]), float(coordinates["long"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _label(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)[:40]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _string(value: Any) -> str:
    return clean(value).strip() if isinstance(value, str) else ""


def _identifier(value: Any) -> str:
    """Ids come as text or as numbers."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else _string(value)
    return text if len(text) <= ID_MAX else ""


def in_order(found: Iterator[Inbound]) -> list[Inbound]:
    """Each message once, each person's by the time they wrote."""
    unique: dict[str, Inbound] = {}
    for one in found:
        unique.setdefault(one.provider_id, one)
    earliest = datetime.min.replace(tzinfo=timezone.utc)
    return sorted(unique.values(), key=lambda one: one.sent_at or earliest)
