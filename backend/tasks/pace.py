"""How fast a line may send, shared by all workers through Redis, kept by each alone while Redis is away."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict

from redis.asyncio import Redis
from redis.exceptions import RedisError

PATIENCE = 0.3  # seconds that Redis may hold up a message
SHARES = 20  # into which a second of a line is cut
REST = 5.0  # seconds without asking it after that


class Pace:
    """A bucket of one second per line. A fast line's share is taken from Redis some at a time."""

    def __init__(self, redis: Redis | None) -> None:
        self._redis = redis
        self._own: dict[str, int] = {}
        self._at_hand: dict[str, tuple[int, int]] = {}  # line -> slot, how many of it are ours already
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._away_until = 0.0

    async def wait(self, line: str, per_second: float) -> None:
        """Return when one more message may go out on this line."""
        width = max(1.0, 1.0 / per_second) if per_second < 1 else 1.0
        allowed = max(1, int(per_second))
        while True:
            moment = time.time()
            slot = int(moment / width)
            if self._take(line, slot) or await self._ask(line, slot, allowed, width):
                return
            await asyncio.sleep((slot + 1) * width - moment)

    async def _ask(self, line: str, slot: int, allowed: int, width: float) -> bool:
        """Take a share for this message and for those that come right after it."""
        share = max(1, allowed // SHARES)
        async with self._asking[line]:
            if self._take(line, slot):  # somebody else has asked meanwhile
                return True
            if await self._count(f"pace:{line}:{slot}", share, width) > allowed:
                return False
            self._at_hand[line] = (slot, share - 1)
            return True

    def _take(self, line: str, slot: int) -> bool:
        of, left = self._at_hand.get(line, (slot, 0))
        if of != slot or left < 1:
            return False
        self._at_hand[line] = (slot, left - 1)
        return True

    async def _count(self, key: str, share: int, width: float) -> int:
        try:
            if self._redis is not None and time.monotonic() >= self._away_until:
                async with asyncio.timeout(PATIENCE), self._redis.pipeline(transaction=True) as pipe:
                    pipe.incrby(key, share)
                    pipe.expire(key, int(width * 3) + 1)
                    count, _ = await pipe.execute()
                return int(count)
        except (RedisError, OSError):
            self._away_until = time.monotonic() + REST
        if len(self._own) > 1000:
            self._own.clear()
        self._own[key] = self._own.get(key, 0) + share
        return self._own[key]
