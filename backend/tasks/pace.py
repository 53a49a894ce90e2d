"""How fast a line may send, shared by all workers through Redis, kept by each alone while Redis is away."""

from __future__ import annotations

import asyncio
import time

from redis.asyncio import Redis
from redis.exceptions import RedisError

PATIENCE = 0.3  # seconds that Redis may hold up a message
REST = 5.0  # seconds without asking it after that


class Pace:
    """A bucket of one second per line."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._own: dict[str, int] = {}
        self._away_until = 0.0

    async def wait(self, line: str, per_second: float) -> None:
        """Return when one more message may go out on this line."""
        width = max(1.0, 1.0 / per_second) if per_second < 1 else 1.0
        allowed = max(1, int(per_second))
        while True:
            moment = time.time()
            slot = int(moment / width)
            if await self._count(f"pace:{line}:{slot}", width) <= allowed:
                return
            await asyncio.sleep((slot + 1) * width - moment)

    async def _count(self, key: str, width: float) -> int:
        try:
            if self._redis is not None and time.monotonic() >= self._away_until:
                async with asyncio.timeout(PATIENCE), self._redis.pipeline(transaction=True) as pipe:
                    pipe.incr(key)
                    pipe.expire(key, int(width * 3) + 1)
                    count, _ = await pipe.execute()
                return int(count)
        except (RedisError, OSError):
            self._away_until = time.monotonic() + REST
        if len(self._own) > 1000:
            self._own.clear()
        self._own[key] = self._own.get(key, 0) + 1
        return self._own[key]
