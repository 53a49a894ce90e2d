"""Wakes workers. Carries no data: whatever it loses, workers find in PostgreSQL by themselves (ADR 0004)."""

from __future__ import annotations

import asyncio
import time
from typing import Literal, Protocol

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from saq.job import Job
from saq.queue.redis import RedisQueue

log = structlog.get_logger()
SLICE = 0.02  # seconds in which wake-ups of one kind become one job
PATIENCE = 0.3  # seconds that a wake-up may cost whoever gives it
REST = 1.0  # seconds without trying after a failure; workers look as often
Kind = Literal["turns", "deliveries"]


class Waking(Protocol):
    """Whoever can say that there is work."""

    async def wake(self, kind: Kind) -> None: ...


class Queue:
    """One name for `there is work of this kind`. A Redis that is away is no reason to fail a webhook."""

    def __init__(self, redis: Redis) -> None:
        self.saq = RedisQueue(redis, name="ventanilla")
        self._last: dict[str, int] = {}
        self._away_until = 0.0

    async def wake(self, kind: Kind) -> None:
        """Say that there is work of a kind."""
        moment = int(time.time() / SLICE)
        if self._last.get(kind) == moment or time.monotonic() < self._away_until:
            return
        self._last[kind] = moment
        job = Job(kind, queue=self.saq, key=f"{kind}:{moment % 50}", retries=1, ttl=1, timeout=120)
        try:
            async with asyncio.timeout(PATIENCE):
                await self.saq.enqueue(job)
        except (RedisError, OSError) as error:
            self._last.pop(kind, None)
            self._away_until = time.monotonic() + REST
            log.warning("wake-up lost, workers will find the work by themselves", kind=kind, error=type(error).__name__)
