"""TaskIQ on Redis streams: the verbs of `bench.queue.saq_engine`, and `schedule`, its process for delayed jobs."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from datetime import datetime, timedelta, timezone

from redis.asyncio import Redis
from taskiq import TaskiqScheduler
from taskiq.acks import AcknowledgeType
from taskiq.api import run_receiver_task, run_scheduler_task
from taskiq_redis import ListRedisScheduleSource, RedisStreamBroker

from bench.queue.journal import HANDS, PATIENCE, SLOW_SECONDS, URL, note

redis = Redis.from_url(URL)
# a lock without a time-out stays with a worker that was killed while it held it
broker = RedisStreamBroker(URL, idle_timeout=PATIENCE * 1000, unacknowledged_lock_timeout=PATIENCE)
source = ListRedisScheduleSource(URL)


@broker.task
async def quick(job: str) -> None:
    await note(redis, "ran", job)


@broker.task
async def slow(job: str) -> None:
    await note(redis, "started", str(os.getpid()))
    await asyncio.sleep(SLOW_SECONDS)
    await note(redis, "ran", job)


async def work(_: int) -> None:
    """Take jobs until the process ends; one is acknowledged when it is done."""
    await broker.startup()
    await note(redis, "ready", "worker")
    await run_receiver_task(broker, max_async_tasks=HANDS, ack_time=AcknowledgeType.WHEN_EXECUTED, run_startup=False)


async def schedule(_: int) -> None:
    """Hand over delayed jobs when they are due; TaskIQ wants a process for it, and one only."""
    second = timedelta(seconds=1)
    await run_scheduler_task(TaskiqScheduler(broker, [source]), True, interval=second, loop_interval=second)


async def put(count: int) -> None:
    await note(redis, "began", "put")
    for first in range(0, count, 16):
        await asyncio.gather(*(quick.kiq(str(n)) for n in range(first, min(count, first + 16))))


async def put_slow(_: int) -> None:
    await slow.kiq("slow")


async def put_later(count: int) -> None:
    for n in range(count):
        due = time.time() + 1 + 4 * n / count
        await quick.schedule_by_time(source, datetime.fromtimestamp(due, timezone.utc), f"{n}@{due:.6f}")


async def put_singly(count: int) -> None:
    for _ in range(count):
        await quick.kiq(f"0@{time.time():.6f}")
        await asyncio.sleep(0.02)


async def trickle(_: int) -> None:
    """Another job each second, until the process ends."""
    while True:
        await quick.kiq("trickle")
        await asyncio.sleep(1)


VERBS = {
    "work": work,
    "schedule": schedule,
    "put": put,
    "put-slow": put_slow,
    "put-later": put_later,
    "put-singly": put_singly,
    "trickle": trickle,
}

if __name__ == "__main__":
    asyncio.run(VERBS[sys.argv[1]](int(sys.argv[2])))
