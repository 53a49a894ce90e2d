"""Time that only moves when it is told to, and sleepers that wake by it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

VERY_LATE = 0.02  # of all waits last a hundred times longer


@dataclass
class VirtualTime:
    """A clock for `backend.clock.clock`, and a `sleep` for the simulator."""

    moment: datetime
    random: Random
    _sleeping: list[tuple[datetime, int, asyncio.Future[None]]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def __call__(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        """Until the clock has been moved that far; now and then much further."""
        if seconds <= 0:
            return
        stretched = seconds * (100 if self.random.random() < VERY_LATE else 1)
        future = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleeping, (self.moment + timedelta(seconds=stretched), next(self._numbers), future))
        await future

    @property
    def sleepers(self) -> int:
        return len(self._sleeping)

    @property
    def next_wake(self) -> datetime | None:
        return self._sleeping[0][0] if self._sleeping else None

    def move_to(self, moment: datetime) -> None:
        """Go forward, and wake whoever sleeps until then."""
        self.moment = max(self.moment, moment)
        while self._sleeping and self._sleeping[0][0] <= self.moment:
            _, _, future = heapq.heappop(self._sleeping)
            if not future.done():
                future.set_result(None)


async def settled(under_way: Callable[[], int], time: VirtualTime) -> None:
    """Return when everything that goes on only waits for the clock."""
    while under_way() > time.sleepers:
        await asyncio.sleep(0.001)
