"""Clients of the one Redis: whoever has somebody waiting gives up at once, whoever takes jobs waits patiently."""

from __future__ import annotations

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff


def hasty(url: str) -> Redis:
    """For webhooks, pages and paces: one more try on a fresh connection, then RedisError; under 2 s at the worst.

    redis-py's own default tries for up to 10 s, and for ever on a server that is frozen."""
    return Redis.from_url(url, retry=Retry(NoBackoff(), 1), socket_connect_timeout=0.5, socket_timeout=0.9)


def patient(url: str) -> Redis:
    """For blocking reads of up to 2 s: a server that is away is asked about once a second, not in a hot loop."""
    pause = ExponentialWithJitterBackoff(base=0.2, cap=1.0)
    return Redis.from_url(url, retry=Retry(pause, 10), socket_connect_timeout=2, socket_timeout=10)
