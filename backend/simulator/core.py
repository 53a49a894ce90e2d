"""The running simulator: state, webhooks and the work that goes on after an API call was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import httpx

from backend.simulator import payloads
from backend.simulator.messages import ChannelName, PhoneMessage
from backend.simulator.phones import Phone
from backend.simulator.provider import Provider
from backend.simulator.settings import SimulatorSettings
from backend.simulator.webhooks import Webhooks

Sleep = Callable[[float], Awaitable[None]]


def _now() -> datetime:
    return datetime.now(UTC)


class Simulator:
    """Both fakes and their phones. Use it as an async context, so that nothing goes on after the block.

    `http` carries the webhooks; tests give one whose transport is the desk's ASGI app. `clock` and `sleep` are
    injected for the same reason.
    """

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        http: httpx.AsyncClient | None = None,
        clock: Callable[[], datetime] = _now,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self.sleep = sleep
        self.provider = Provider(self.settings, clock)
        self._own_http = http is None
        self.http = http or httpx.AsyncClient()
        self.webhooks = Webhooks(self.provider, self.http, sleep, self.spawn)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: set[asyncio.Event] = set()
        self.provider.listeners.append(self._wake)

    async def __aenter__(self) -> Simulator:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._own_http:
            await self.http.aclose()

    def phone(self, channel: ChannelName = "twilio_sms", number: str | None = None, name: str = "") -> Phone:
        """The phone of this number or page-scoped id, made where there is none; without a number, a new one."""
        provider = self.provider
        person = provider.person(channel, number, name) if number else provider.add_person(channel, name)
        return Phone(self, person.id)

    # work after the answer

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Let `work` go on by itself; `drain` waits for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def under_way(self) -> int:
        """How many webhooks and callbacks have not come to their end yet."""
        return len(self._tasks)

    async def drain(self) -> None:
        """Wait until every webhook and callback under way is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def pause(self) -> None:
        """The time between two states of a message: the mean, more or less by half."""
        await self.sleep(self.settings.delivery_seconds * self.provider.random.uniform(0.5, 1.5))

    async def deliver_sms(self, message: PhoneMessage) -> None:
        """Take an accepted SMS through its states, each with its callback."""
        reached: list[PhoneMessage] = []
        for status, error_code in self.provider.journey(message):
            await self.pause()
            moved = self.provider.move(message.sid, status, error_code)
            if moved is None:
                return
            reached.append(moved)
            if not self.provider.faults.reorder:
                await self.webhooks.status(moved)
        if self.provider.faults.reorder:
            for moved in reversed(reached):
                await self.webhooks.status(moved)

    async def deliver_messenger(self, message: PhoneMessage) -> None:
        """Echo an accepted message, then tell of its delivery."""
        if self.settings.app_id.isdigit():
            await self.webhooks.messenger([payloads.echo_event(message, self.settings.app_id)])
        await self.pause()
        moved = self.provider.move(message.sid, "delivered")
        if moved is not None and not self.provider.drops_callback():
            await self.webhooks.messenger([payloads.delivery_event(moved)])

    # waiting for changes

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    async def wait_until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Wait for `condition`, looked at after each change; False after `timeout` real seconds."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    await event.wait()
                    event.clear()
        except TimeoutError:
            return condition()
        finally:
            self._waiting.discard(event)
        return True
