"""What a simulated phone holds: people, messages in both directions, and what webhooks did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ChannelName = Literal["twilio_sms", "messenger"]
Direction = Literal["from_phone", "to_phone"]
OptionKind = Literal["quick_reply", "postback", "web_url"]

ARRIVED = frozenset({"delivered", "read"})
FAILED = frozenset({"failed", "undelivered"})


@dataclass(frozen=True)
class Person:
    """Somebody with a phone; `id` is E.164 for SMS and a page-scoped id for Messenger. All are fictitious."""

    id: str
    channel: ChannelName
    name: str


@dataclass(frozen=True)
class Option:
    """Something to tap. `value` is the payload, or the address of a link."""

    title: str
    value: str
    kind: OptionKind = "quick_reply"


@dataclass(frozen=True)
class Attachment:
    kind: str  # image | audio | video | file
    url: str
    content_type: str = ""


@dataclass(frozen=True)
class PhoneMessage:
    """One message as the provider knows it. `segments` and `cost` are 0 on Messenger; the cost is an example."""

    sid: str
    channel: ChannelName
    phone: str
    line: str
    direction: Direction
    text: str
    status: str
    created_at: datetime
    updated_at: datetime
    revision: int
    encoding: str = ""
    units: int = 0
    segments: int = 0
    cost: float = 0.0
    options: tuple[Option, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    location: tuple[float, float] | None = None
    choice: str | None = None  # payload that the person tapped
    choice_kind: OptionKind = "quick_reply"
    error_code: int | None = None
    status_callback: str | None = None
    service: str | None = None  # Messaging Service that it was sent through
    metadata: str | None = None

    @property
    def arrived(self) -> bool:
        return self.status in ARRIVED

    @property
    def failed(self) -> bool:
        return self.status in FAILED


@dataclass(frozen=True)
class WebhookAttempt:
    """One POST to the desk: its answer, or why there was none."""

    kind: str  # inbound | status | messenger
    url: str
    status: int | None
    error: str
    at: datetime
