"""The people and their provider: signed webhooks out, API calls in, both timed by one clock.

It runs in the bench's own process, so that neither web nor workers pay for it: the fake Twilio of
`backend.simulator` behind a real port.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from backend.lean_client import LeanClient
from backend.serving import serving
from backend.simulator.app import create_app
from backend.simulator.core import Simulator
from backend.simulator.messages import PhoneMessage
from backend.simulator.phones import Phone
from backend.simulator.settings import SimulatorSettings
from bench.conversations import Conversation
from bot.garbage import spare_what_is_loaded

CONNECTIONS = 256  # of the provider to the desk; a real one opens as many as it needs
PATIENCE = 60.0  # seconds for an answer; then the person gives up
SILENCE = 2.0  # seconds without any answer, after which none is expected


@dataclass
class Record:
    """Times in seconds since the epoch: `sent` by the id of the webhook, `accepted` by our id of the answer."""

    sent: dict[str, float] = field(default_factory=dict)
    accepted: dict[str, float] = field(default_factory=dict)


class Provider(Simulator):
    """The fake Twilio, which notes when each API call came in."""

    def __init__(self, settings: SimulatorSettings) -> None:
        super().__init__(settings, LeanClient(CONNECTIONS, PATIENCE))
        self.record = Record()
        self._heard: dict[str, asyncio.Event] = {}

    async def deliver_sms(self, message: PhoneMessage) -> None:
        query = parse_qs(urlsplit(message.status_callback or "").query)
        self.record.accepted[query.get("id", [message.sid])[0]] = message.created_at.timestamp()
        if message.phone in self._heard:
            self._heard[message.phone].set()
        await super().deliver_sms(message)

    async def converse(self, phone: Phone, conversation: Conversation) -> None:
        """Write each text when the one before was answered; give up on silence."""
        heard = self._heard[phone.id] = asyncio.Event()
        for text in conversation.texts:
            heard.clear()
            message = await phone.send(text)
            self.record.sent[message.sid] = message.created_at.timestamp()
            try:
                await asyncio.wait_for(heard.wait(), PATIENCE)
            except TimeoutError:
                return

    async def crowd(self, conversations: Sequence[Conversation], at_once: int, numbers: Iterator[int]) -> Record:
        """Hold all conversations, `at_once` at a time, each from another phone; answers what was noted."""
        self.record = Record()
        waiting = iter(conversations)

        async def person() -> None:
            for conversation in waiting:
                await self.converse(self.phone("twilio_sms", f"+52550{next(numbers):07d}"), conversation)

        await asyncio.gather(*(person() for _ in range(at_once)))
        await self._quiet()
        return self.record

    async def _quiet(self) -> None:
        """Wait while answers still come, so that a late one is told from a lost one."""
        known, until = -1, time.monotonic() + PATIENCE
        while known < len(self.record.accepted) and time.monotonic() < until:
            known = len(self.record.accepted)
            await asyncio.sleep(SILENCE)


@asynccontextmanager
async def provider_on(settings: SimulatorSettings, port: int) -> AsyncIterator[Provider]:
    """The provider on `port`."""
    provider = Provider(settings)
    async with serving(create_app(provider), port, "on"):
        spare_what_is_loaded()
        try:
            yield provider
        finally:
            await provider.close()
            await provider.http.aclose()
