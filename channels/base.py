"""The contract between the desk and a provider: what comes in, what goes out, and what may go wrong.

A channel is a frozen dataclass whose fields are its settings. Nothing here knows a web server, a
database or a provider's client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

import httpx

InboundKind = Literal["text", "choice", "media", "location", "empty", "opt_out", "opt_in", "help", "echo", "standby"]
OutboundClass = Literal["reply", "alarm", "operator", "notice", "campaign"]
Effect = Literal["none", "opt_out", "bad_address", "window_closed", "configuration"]
# in order; a callback never moves a message backwards
STATUS_RANK: Mapping[str, int] = {
    "queued": 0,
    "sending": 1,
    "sent": 2,
    "delivered": 3,
    "undelivered": 3,
    "failed": 3,
    "read": 4,
}


@dataclass(frozen=True)
class WebhookRequest:
    """A request as received. Header names are in lower case; `url` is what the provider signed."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    # what the channel has parsed of it, so that signature, messages and states are one parsing
    parsed: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)


@dataclass(frozen=True)
class Attachment:
    kind: str  # image | audio | video | file | sticker
    url: str | None = None
    content_type: str | None = None


@dataclass(frozen=True)
class Inbound:
    """One thing a person did. (channel, provider_id) is unique for ever."""

    channel: str
    provider_id: str
    sender: str  # E.164 for phones, page-scoped id for Messenger
    line: str  # the number or page written to
    kind: InboundKind
    text: str = ""
    choice: str | None = None  # payload of a quick reply, button or referral
    attachments: tuple[Attachment, ...] = ()
    location: tuple[float, float] | None = None  # latitude, longitude in degrees
    sent_at: datetime | None = None  # by the provider's clock, UTC
    note: str | None = None  # why something in it was left out (NUL bytes removed, text cut ...)


@dataclass(frozen=True)
class StatusUpdate:
    """What became of a message of ours. Status is one of STATUS_RANK."""

    channel: str
    provider_id: str
    status: str
    error_code: str | None = None
    own_id: str | None = None  # our outbound id, where the provider hands it back
    recipient: str | None = None
    watermark: datetime | None = None  # Messenger reads: everything up to here
    effect: Effect = "none"  # what the error code means for the next try
    retryable: bool = False  # an undelivered message that is worth one later try


@dataclass(frozen=True)
class Choice:
    title: str
    value: str


@dataclass(frozen=True)
class Outbound:
    """One message for one person, already in words; the channel renders choices and charset."""

    id: str  # ours; goes to the provider where it can be handed back
    to: str
    line: str
    text: str
    outbound_class: OutboundClass = "reply"
    choices: tuple[Choice, ...] = ()
    document_url: str | None = None
    last_inbound_at: datetime | None = None  # for the reply window


@dataclass(frozen=True)
class Receipt:
    provider_id: str
    status: str  # one of STATUS_RANK
    segments: int = 1


class BadSignature(Exception):
    """The request was not signed by the provider: answer 403."""


class Unreadable(Exception):
    """The signed body cannot be understood: store the reason, answer 400."""


@dataclass(eq=False)
class SendError(Exception):
    """Why a message did not go out, and what that means for the next try."""

    code: str
    message: str
    retryable: bool = False
    maybe_accepted: bool = False  # a time-out after the request was written
    effect: Effect = "none"
    retry_after: float | None = None  # seconds

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


@dataclass(frozen=True)
class Limits:
    text: int  # characters in one message
    choices: int  # quick replies in one message
    choice_title: int  # characters
    reply_window: timedelta | None = None  # how long after the last inbound a reply may go
    rate_per_second: float = 1.0


class Channel(Protocol):
    """What a channel file gives. The module's name is its prefix in settings, its URL and its name in the data."""

    @property
    def name(self) -> str: ...

    @property
    def limits(self) -> Limits: ...

    def verify(self, request: WebhookRequest) -> None:
        """Raise BadSignature unless the provider signed these very bytes."""

    def handshake(self, request: WebhookRequest) -> str | None:
        """The body that answers a verification request, or None where there is none."""

    def receive(self, request: WebhookRequest) -> list[Inbound]:
        """The messages in it, in order. Raises Unreadable."""

    def status(self, request: WebhookRequest) -> list[StatusUpdate]:
        """The status updates in it, in order. Raises Unreadable."""

    def ignored(self, request: WebhookRequest) -> list[str]:
        """Names of the events in it that are neither, to be counted."""

    def acknowledgement(self) -> tuple[str, str]:
        """(body, media type) of the 200 that the provider wants to see."""

    def render(self, outbound: Outbound) -> str:
        """The words as the person will see them: numbered choices, charset."""

    async def send(self, outbound: Outbound, http: httpx.AsyncClient) -> Receipt:
        """Hand one message to the provider. Raises SendError."""

    async def typing(self, outbound: Outbound, http: httpx.AsyncClient) -> None:
        """Show that an answer is on its way, where the channel can; never raises."""

    async def find(self, outbound: Outbound, since: datetime, http: httpx.AsyncClient) -> Receipt | None:
        """Look a doubtful message up at the provider by recipient and time; None where not found or not possible."""
