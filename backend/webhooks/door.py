"""What is taken in is on a disk: the database's, or while that is away the spool's."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence

import structlog

from backend import metrics
from backend.conversations.models import WebhookRejection
from backend.gathering import Gathering
from backend.spool import Spool, Spooled
from backend.webhooks.delivery import Delivery
from backend.webhooks.storing import AWAY, Storing
from channels.base import Channel, Unreadable, WebhookRequest

log = structlog.get_logger()
MESSAGES_PAUSE = 0.015  # seconds that a message waits for others; an alarm waits for none
STATUSES_PAUSE = 0.2  # nobody waits for the state of an answer


class Door:
    """Takes deliveries in for one process, messages in the order in which they came."""

    def __init__(self, channels: Mapping[str, Channel], storing: Storing, spool: Spool) -> None:
        self.channels = channels
        self._storing = storing
        self.spool = spool
        self._messages = Gathering(self._keep, MESSAGES_PAUSE)
        self._statuses = Gathering(self._keep, STATUSES_PAUSE)
        self._order = asyncio.Lock()  # held while the spool is written or drained, so that order holds
        self._waiting = len(spool)

    def hurry(self) -> None:
        """Let nothing wait for the clock on the wall: a replay has its own."""
        self._messages.pause = self._statuses.pause = 0.0

    @property
    def waiting(self) -> int:
        """Deliveries in the spool."""
        return self._waiting

    async def take(self, channel: Channel, request: WebhookRequest) -> None:
        """Keep a verified delivery. Raises Unreadable, or SpoolFull where neither database nor disk take it."""
        delivery = Delivery.of(channel, request)
        if delivery.arrivals:
            await self._messages.put(delivery, at_once=delivery.danger)
        else:
            await self._statuses.put(delivery)

    async def _keep(self, batch: Sequence[Delivery]) -> None:
        """In the database, else on the disk: what the database refuses is kept too, and looked at again."""
        left = batch if self._waiting else await self._refused(batch)
        if not left:
            return
        async with self._order:
            for delivery in left:
                self.spool.put(delivery.channel, delivery.request)
                self._waiting += 1
                metrics.SPOOLED.inc()

    async def _refused(self, batch: Sequence[Delivery]) -> list[Delivery]:
        errors = await self._storing.store(batch)
        for kind in {type(error).__name__ for error in errors if error}:
            log.warning("deliveries not stored, spooled", error=kind)
        return [delivery for delivery, error in zip(batch, errors, strict=True) if error]

    async def drain(self) -> int:
        """Bring what waits on disk into the database, oldest first; stops at the first sign that it is still away."""
        if self._waiting == 0:
            return 0
        async with self._order:
            waiting = [(spooled, delivery) for spooled in self.spool.oldest() if (delivery := self._read(spooled))]
            errors = await self._storing.store([delivery for _, delivery in waiting])
            for (spooled, _), error in zip(waiting, errors, strict=True):
                self._settle(spooled, error)
            self._waiting = len(self.spool)
        return sum(not isinstance(error, AWAY) for error in errors)

    def _read(self, spooled: Spooled) -> Delivery | None:
        try:
            return Delivery.of(self.channels[spooled.channel], spooled.request)
        except (KeyError, Unreadable) as error:  # of a channel or a version that is no more
            self._settle(spooled, error)
            return None

    def _settle(self, spooled: Spooled, error: Exception | None) -> None:
        if error is None:
            self.spool.done(spooled)
        elif not isinstance(error, AWAY):
            log.error("spooled delivery refused, set aside", file=spooled.path.name, error=type(error).__name__)
            self.spool.set_aside(spooled)

    async def reject(self, name: str, status: int, reason: str, body: bytes) -> None:
        """Keep why a delivery was refused; never its content."""
        metrics.REJECTED.labels(name, str(status)).inc()
        row = WebhookRejection(
            channel=name, status=status, reason=reason[:500], size=len(body), digest=hashlib.sha256(body).hexdigest()
        )
        try:
            async with self._storing.sessions.begin() as session:
                session.add(row)
        except AWAY:
            log.warning("rejection not stored, database away", channel=name, status=status, reason=reason[:200])

    async def keep_draining(self, pause: float = 1.0) -> None:
        """Look after the spool for as long as the application lives."""
        while True:
            try:
                moved = await self.drain()
            except Exception:
                log.exception("draining the spool failed")
                moved = 0
            if not moved:
                await asyncio.sleep(pause)
