"""A desk that only listens: it checks and reads what the fakes post with the real channel modules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.simulator import CallerTransport, Simulator, SimulatorSettings, create_app
from channels.base import BadSignature, Inbound, Outbound, StatusUpdate, WebhookRequest
from channels.messenger import Messenger
from channels.twilio_sms import TwilioSms

SETTINGS = SimulatorSettings(
    target_base_url="http://desk.internal:8000",
    public_base_url="https://ventanilla.example",
    delivery_seconds=0.0,
    hold_seconds=0.05,
)


class Clock:
    """A clock that only tests move."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Desk:
    """What reached the webhooks, in order."""

    channels: dict[str, Any]
    requests: list[WebhookRequest] = field(default_factory=list)
    inbound: list[Inbound] = field(default_factory=list)
    statuses: list[StatusUpdate] = field(default_factory=list)
    forged: int = 0
    down: bool = False

    async def __call__(self, scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        body = (await receive())["body"]
        status, answer, media_type = self._take(scope, body)
        headers = [(b"content-type", media_type.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.encode()})

    def _take(self, scope: Any, body: bytes) -> tuple[int, str, str]:
        if self.down:
            return 503, "", "text/plain"
        query = scope["query_string"].decode()
        channel = self.channels[scope["path"].split("/")[2]]
        request = WebhookRequest(
            method=scope["method"],
            url=f"http://desk.internal:8000{scope['path']}" + (f"?{query}" if query else ""),
            headers={name.decode(): value.decode() for name, value in scope["headers"]},
            query={},
            body=body,
        )
        self.requests.append(request)
        try:
            channel.verify(request)
        except BadSignature:
            self.forged += 1
            return 403, "", "text/plain"
        self.inbound += channel.receive(request)
        self.statuses += channel.status(request)
        return (200, *channel.acknowledgement())


@dataclass
class Bench:
    """Everything a test needs: the fakes, the desk behind them, and the desk's side of both channels."""

    simulator: Simulator
    app: FastAPI
    desk: Desk
    clock: Clock
    twilio: TwilioSms
    messenger: Messenger
    http: httpx.AsyncClient  # the desk's client towards the providers

    def message(self, to: str, text: str, **values: Any) -> Outbound:
        return Outbound(id=values.pop("id", "ob-1"), to=to, line=values.pop("line", ""), text=text, **values)


@pytest.fixture
async def bench(set_up: Callable[[], AsyncIterator[Bench]]) -> AsyncIterator[Bench]:
    async for made in set_up():
        yield made


@pytest.fixture(scope="session")
def set_up() -> Callable[[], AsyncIterator[Bench]]:
    """Makes benches, also for tests that live in another event loop."""
    return _bench


async def _bench(settings: SimulatorSettings = SETTINGS) -> AsyncIterator[Bench]:
    twilio = TwilioSms(
        account_sid=settings.account_sid,
        auth_token=settings.auth_token,
        from_number=settings.line,
        api_base_url="http://fakes/simulator/twilio",
        public_base_url=settings.public_base_url,
    )
    clock = Clock()
    messenger = Messenger(
        page_id=settings.page_id,
        page_access_token=settings.page_access_token,
        app_secret=settings.app_secret,
        app_id=settings.app_id,
        api_base_url="http://fakes/simulator/graph",
        clock=clock,
    )
    desk = Desk({"twilio_sms": twilio, "messenger": messenger})
    webhooks = httpx.AsyncClient(transport=httpx.ASGITransport(app=desk))
    async with Simulator(settings, http=webhooks, clock=clock) as simulator:
        app = create_app(simulator)
        async with webhooks, httpx.AsyncClient(transport=CallerTransport(app), base_url="http://fakes") as http:
            yield Bench(simulator, app, desk, clock, twilio, messenger, http)
