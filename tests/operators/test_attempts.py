"""Guessing passwords gets slower and slower; a colleague in the same office hardly notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from redis.asyncio import Redis

from backend.clock import clock
from backend.operators.attempts import ACCOUNT, LONGEST_WAIT, Attempts, TooManyAttempts

EMAIL = "ana@municipio.example"


@pytest.fixture
async def attempts(redis_url: str) -> AsyncIterator[Attempts]:
    redis = Redis.from_url(redis_url)
    await redis.flushdb()
    yield Attempts(redis)
    await redis.aclose()


async def fail(attempts: Attempts, times: int, email: str = EMAIL, address: str = "10.0.0.1") -> int:
    """How many of so many attempts were let through."""
    through = 0
    for _ in range(times):
        try:
            await attempts.begin(email, address)
            through += 1
        except TooManyAttempts:
            pass
    return through


async def test_after_five_failures_one_has_to_wait_and_each_wait_is_longer(attempts: Attempts) -> None:
    assert await fail(attempts, 30) == ACCOUNT.free
    start, waits = datetime.now(UTC), []
    moment = start
    for _ in range(8):
        with clock(lambda: moment), pytest.raises(TooManyAttempts) as refused:  # noqa: B023  (called at once)
            await attempts.begin(EMAIL, "10.0.0.1")
        waits.append(refused.value.seconds)
        moment += timedelta(seconds=refused.value.seconds + 1)
        with clock(lambda: moment):  # noqa: B023  (called at once)
            await attempts.begin(EMAIL, "10.0.0.1")
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


async def test_many_at_the_same_moment_gain_nothing(attempts: Attempts) -> None:
    async def one() -> bool:
        return await fail(attempts, 1) == 1

    assert sum(await asyncio.gather(*(one() for _ in range(15)))) == ACCOUNT.free
    assert await fail(attempts, 5) == 0


async def test_another_address_cannot_go_on_guessing_the_same_account(attempts: Attempts) -> None:
    await fail(attempts, 10)
    assert await fail(attempts, 3, address="10.9.9.9") == 0


async def test_one_address_cannot_try_many_accounts(attempts: Attempts) -> None:
    through = sum([await fail(attempts, 1, email=f"persona{n}@municipio.example") for n in range(60)])
    assert through == 20


async def test_a_colleague_signs_in_as_always(attempts: Attempts) -> None:
    await fail(attempts, 8)
    assert await fail(attempts, 1, email="luis@municipio.example") == 1


async def test_success_forgives(attempts: Attempts) -> None:
    await fail(attempts, 4)
    await attempts.succeeded(EMAIL, "10.0.0.1")
    assert await fail(attempts, 5) == 5
