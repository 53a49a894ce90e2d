"""Where the fakes post to and what they sign with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.settings import Settings

EXAMPLE_ACCOUNT = "AC" + "5" * 32


@dataclass(frozen=True)
class SimulatorSettings:
    """Secrets of the two fakes, the addresses of the desk that they serve, and how fast they are."""

    target_base_url: str = "http://127.0.0.1:8000"  # webhooks go here
    public_base_url: str = ""  # what webhooks are signed for; empty: the target
    account_sid: str = EXAMPLE_ACCOUNT
    auth_token: str = "simulador-twilio"
    line: str = "+525500000000"
    messaging_service_sid: str = ""
    page_id: str = "550000000000"
    page_access_token: str = "simulador-pagina"
    app_secret: str = "simulador-app"
    app_id: str = "5500"
    seed: int = 7
    delivery_seconds: float = 0.15  # mean time between two states of a message
    hold_seconds: float = 1.0  # longest wait for a full group when reordering
    hang_seconds: float = 60.0  # how long a caller is kept waiting by a time-out
    example_price: float = 0.50  # per segment; an example, no operator's price
    keep_messages: int = 200_000  # older ones are forgotten

    @property
    def signed_base_url(self) -> str:
        return (self.public_base_url or self.target_base_url).rstrip("/")

    @property
    def twilio_webhook(self) -> str:
        return f"{self.signed_base_url}/webhooks/twilio_sms"

    @property
    def messenger_webhook(self) -> str:
        return f"{self.signed_base_url}/webhooks/messenger"

    def reachable(self, url: str) -> str:
        """The address to post to for a public `url`: behind no proxy here, the desk is at its target."""
        return url.replace(self.signed_base_url, self.target_base_url.rstrip("/"), 1)

    @classmethod
    def of(cls, settings: Settings, target_base_url: str | None = None) -> SimulatorSettings:
        """Speak for the accounts that the desk is configured with; what is not configured keeps its example."""
        twilio, messenger = settings.channels.twilio_sms, settings.channels.messenger
        target = target_base_url or settings.backend_url or settings.public_base_url
        given: dict[str, Any] = {
            "account_sid": twilio.account_sid,
            "auth_token": twilio.auth_token.get_secret_value(),
            "line": twilio.from_number,
            "messaging_service_sid": twilio.messaging_service_sid,
            "page_id": messenger.page_id,
            "page_access_token": messenger.page_access_token.get_secret_value(),
            "app_secret": messenger.app_secret.get_secret_value(),
            "app_id": messenger.app_id,
        }
        return cls(
            target_base_url=target,
            public_base_url=settings.public_base_url,
            **{name: value for name, value in given.items() if value},
        )
