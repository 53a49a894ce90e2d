"""SAQ as backend/tasks/queue.py uses it: `python -m bench.queue.saq_engine work`, or `put`, `put-slow`, `put-later`."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from saq.job import Job
from saq.queue.redis import RedisQueue
from saq.types import Context
from saq.worker import Worker

from bench.queue.journal import HANDS, PATIENCE, SLOW_SECONDS, URL, note

redis = Redis.from_url(URL)
queue = RedisQueue(redis, name="bench")


async def quick(_: Context, *, job: str) -> None:
    await note(redis, "ran", job)


async def slow(_: Context, *, job: str) -> None:
    await note(redis, "started", str(os.getpid()))
    await asyncio.sleep(SLOW_SECONDS)
    await note(redis, "ran", job)


async def work(tries: int) -> None:
    """Take jobs until the process ends. `tries` is decided where a job is put."""
    worker: Worker[Context] = Worker(
        queue, functions=[quick, slow], concurrency=HANDS, dequeue_timeout=2, timers={"sweep": 1}
    )
    await note(redis, "ready", "worker")
    await worker.start()


async def put(count: int) -> None:
    await note(redis, "began", "put")

    async def one(n: int) -> None:
        await queue.enqueue(Job("quick", kwargs={"job": str(n)}, ttl=1, timeout=PATIENCE))

    await in_groups(count, one)


async def put_slow(tries: int) -> None:
    await queue.enqueue(Job("slow", kwargs={"job": "slow"}, timeout=PATIENCE, retries=tries, ttl=1))


async def put_later(count: int) -> None:
    async def one(n: int) -> None:
        due = time.time() + 1 + 4 * n / count
        await queue.enqueue(
            Job("quick", kwargs={"job": f"{n}@{due:.6f}"}, scheduled=int(due + 1), timeout=PATIENCE, ttl=1)
        )

    await in_groups(count, one)


async def put_singly(count: int) -> None:
    """One at a time on an idle queue: the wake-up that a webhook waits for."""
    for _ in range(count):
        await queue.enqueue(Job("quick", kwargs={"job": f"0@{time.time():.6f}"}, ttl=1, timeout=PATIENCE))
        await asyncio.sleep(0.02)


async def in_groups(count: int, one: Callable[[int], Awaitable[None]], size: int = 16) -> None:
    for first in range(0, count, size):
        await asyncio.gather(*(one(n) for n in range(first, min(count, first + size))))


async def trickle(_: int) -> None:
    """Another job each second, until the process ends."""
    while True:
        await queue.enqueue(Job("quick", kwargs={"job": "trickle"}, ttl=1, timeout=PATIENCE))
        await asyncio.sleep(1)


VERBS = {
    "work": work,
    "put": put,
    "put-slow": put_slow,
    "put-later": put_later,
    "put-singly": put_singly,
    "trickle": trickle,
}

if __name__ == "__main__":
    asyncio.run(VERBS[sys.argv[1]](int(sys.argv[2])))
