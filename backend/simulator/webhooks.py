"""Signs and posts what the fakes have to tell the desk, with the faults of the moment."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import httpx

from backend.simulator import payloads
from backend.simulator.messages import PhoneMessage, WebhookAttempt
from backend.simulator.provider import Provider

TWILIO_SECONDS, MESSENGER_SECONDS = 15.0, 20.0  # how long each provider waits for an answer
TWILIO_TRIES, MESSENGER_TRIES = 2, 6  # Twilio tries again only where no connection came about
NOT_CONNECTED = ("ConnectError", "ConnectTimeout")
WRONG = "-otro-secreto"

Sleep = Callable[[float], Awaitable[None]]
Post = Callable[[], Awaitable[None]]
Spawn = Callable[[Coroutine[Any, Any, Any]], None]


class Webhooks:
    """Posts to the desk over `http`. True means that the desk took it with a 2xx."""

    def __init__(self, provider: Provider, http: httpx.AsyncClient, sleep: Sleep, spawn: Spawn) -> None:
        self.provider = provider
        self.settings = provider.settings
        self.http = http
        self.sleep = sleep
        self.spawn = spawn
        self._held: list[Post] = []
        self._turns: dict[str, asyncio.Lock] = {}

    async def from_person(self, message: PhoneMessage, opt_out_type: str | None = None) -> None:
        """Tell what a person sent; each person's messages go one after the other, unless held for reordering."""
        if message.channel == "messenger":
            return await self._in_turn(message.phone, lambda: self.from_people([message]))
        fields = payloads.inbound_fields(message, self.settings, opt_out_type)

        async def post() -> None:
            self._took(message, await self.twilio("inbound", self.settings.twilio_webhook, fields))

        await self._in_turn(message.phone, post)

    async def from_people(self, messages: Sequence[PhoneMessage], per_entry: int = 0) -> None:
        """Tell in one Messenger batch what people sent, `per_entry` messages in each entry (0: all in one)."""
        taken = await self.messenger([payloads.person_event(message) for message in messages], per_entry)
        for message in messages:
            self._took(message, taken)

    def _took(self, message: PhoneMessage, taken: bool) -> None:
        self.provider.move(message.sid, "delivered" if taken else "failed")

    async def status(self, message: PhoneMessage) -> bool:
        """Tell the state of a message of the desk, unless this callback is to be lost."""
        if message.status_callback is None or self.provider.drops_callback():
            return False
        url = message.status_callback.partition("#")[0]
        return await self.twilio("status", url, payloads.status_fields(message, self.settings))

    async def twilio(self, kind: str, url: str, fields: Mapping[str, str]) -> bool:
        """Post form fields signed for `url`."""
        token = self.settings.auth_token + (WRONG if self.provider.faults.forge_signatures else "")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": payloads.twilio_signature(url, fields, token),
            "I-Twilio-Idempotency-Token": self.provider.sid(""),
            "User-Agent": "TwilioProxy/1.1",
        }
        return await self._repeat(lambda: self._post(kind, url, urlencode(fields).encode(), headers))

    async def messenger(self, events: Iterable[Mapping[str, Any]], per_entry: int = 0) -> bool:
        """Post a batch of events, `per_entry` in each entry (0: all in one)."""
        body = payloads.messenger_body(events, self.settings.page_id, self.provider.clock(), per_entry)
        secret = self.settings.app_secret + (WRONG if self.provider.faults.forge_signatures else "")
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": payloads.messenger_signature(body, secret),
            "User-Agent": "facebookexternalua",
        }
        return await self._repeat(lambda: self._post("messenger", self.settings.messenger_webhook, body, headers))

    async def flush(self) -> None:
        """Post what is held for reordering, in an order in which it was not sent."""
        held, self._held = self._held, []
        order = held[:]
        self.provider.random.shuffle(order)
        for post in order if order != held or len(held) < 2 else reversed(held):
            await post()

    async def _in_turn(self, phone: str, post: Post) -> None:
        if self.provider.faults.reorder > 1:
            return await self._hold(post)
        async with self._turns.setdefault(phone, asyncio.Lock()):
            await post()

    async def _hold(self, post: Post) -> None:
        self._held.append(post)
        if len(self._held) >= self.provider.faults.reorder:
            await self.flush()
        elif len(self._held) == 1:
            self.spawn(self._flush_later(self._held))

    async def _flush_later(self, group: list[Post]) -> None:
        await self.sleep(self.settings.hold_seconds)
        if group is self._held:
            await self.flush()

    async def _repeat(self, post: Callable[[], Awaitable[bool]]) -> bool:
        taken = await post()
        for _ in range(self.provider.faults.repeat_webhooks):
            taken = await post() or taken
        return taken

    async def _post(self, kind: str, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        of_twilio = kind != "messenger"
        tries, seconds = (TWILIO_TRIES, TWILIO_SECONDS) if of_twilio else (MESSENGER_TRIES, MESSENGER_SECONDS)
        for attempt in range(tries):
            if attempt:
                await self.sleep(0.5 * 2**attempt)
            attempted = await self._once(kind, url, body, headers, seconds)
            if attempted.status is not None and 200 <= attempted.status < 300:
                return True
            if of_twilio and attempted.error not in NOT_CONNECTED:
                return False
        return False

    async def _once(
        self, kind: str, url: str, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> WebhookAttempt:
        status, error = None, ""
        try:
            target = self.settings.reachable(url)
            answer = await self.http.post(target, content=body, headers=dict(headers), timeout=seconds)
            status = answer.status_code
        except httpx.HTTPError as problem:
            error = type(problem).__name__
        attempt = WebhookAttempt(kind, url, status, error, self.provider.clock())
        self.provider.attempts.append(attempt)
        self.provider.touch()
        return attempt
