"""How a worker's hands come to their work."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from backend.tasks.pace import Pace
from backend.tasks.worker import Bell, keep_at


async def test_a_bell_is_heard_at_once_even_when_rung_before_anybody_listened() -> None:
    bell = Bell()
    bell.ring()
    async with asyncio.timeout(0.5):
        await bell.heard(patience=60)


async def test_one_of_those_who_listen_hears_a_bell() -> None:
    bell = Bell()
    listening = [asyncio.create_task(bell.heard(patience=60)) for _ in range(2)]
    await asyncio.sleep(0)
    bell.ring()
    heard, waiting = await asyncio.wait(listening, timeout=0.05)
    assert (len(heard), len(waiting)) == (1, 1)
    bell.ring()
    async with asyncio.timeout(0.5):
        await asyncio.gather(*waiting)


async def test_without_a_bell_work_is_looked_for_all_the_same() -> None:
    async with asyncio.timeout(0.5):
        await Bell().heard(patience=0.01)


async def test_a_hand_goes_on_while_there_is_work_and_survives_a_failure() -> None:
    left, done, bell = [2, OSError("away"), 1], asyncio.Event(), Bell()

    async def work() -> int:
        if not left:
            done.set()
            return 0
        claimed = left.pop(0)
        bell.ring()
        if isinstance(claimed, OSError):
            raise claimed
        return claimed

    hand = asyncio.create_task(keep_at(work, bell))
    async with asyncio.timeout(2):
        await done.wait()
    hand.cancel()
    with suppress(asyncio.CancelledError):
        await hand


async def test_a_fast_line_takes_its_second_in_shares_and_no_more_than_it_may() -> None:
    pace, allowed = Pace(None), 40
    started = asyncio.get_running_loop().time()
    await asyncio.gather(*(pace.wait("twilio_sms:+525500000001", allowed) for _ in range(3 * allowed)))
    assert asyncio.get_running_loop().time() - started >= 1.0, "three seconds' worth needs more than one second"
