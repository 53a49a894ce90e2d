"""One webhook: the request as received, and what its channel read in it, once."""

from __future__ import annotations

from dataclasses import dataclass

from backend.conversations.intake import Arrival
from channels.base import Channel, StatusUpdate, WebhookRequest


@dataclass(frozen=True)
class Delivery:
    """A verified webhook. The request is kept for the spool."""

    channel: str
    request: WebhookRequest
    arrivals: tuple[Arrival, ...]
    updates: tuple[StatusUpdate, ...]
    ignored: tuple[str, ...]

    @classmethod
    def of(cls, channel: Channel, request: WebhookRequest) -> Delivery:
        """Raises Unreadable."""
        arrivals = tuple(Arrival.of(message) for message in channel.receive(request))
        return cls(channel.name, request, arrivals, tuple(channel.status(request)), tuple(channel.ignored(request)))

    @property
    def danger(self) -> bool:
        return any(arrival.danger for arrival in self.arrivals)
