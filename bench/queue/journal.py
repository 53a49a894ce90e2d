"""What jobs did and when, in the Redis that the engines use. Standard library and redis-py only: both engines' workers
import it, each with its own redis-py."""

from __future__ import annotations

import os
import time

from redis.asyncio import Redis

URL = os.environ.get("BENCH_REDIS_URL", "")
HANDS = 8  # jobs at a time in one worker, as in backend/tasks/worker.py
PATIENCE = 5  # seconds after which a job that nobody finished is another worker's; both engines get the same
SLOW_SECONDS = 4.0  # of the job in whose middle the worker is killed


async def note(redis: Redis, what: str, job: str) -> None:
    """`what` happened to `job` now."""
    await redis.rpush(f"bench:{what}", f"{job} {time.time():.6f}")
