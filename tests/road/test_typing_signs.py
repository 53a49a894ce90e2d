"""Somebody who waits for an answer sees three dots on the chat; on a telephone there is nothing to show."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.fixtures_road import BotProcess, Town


@contextmanager
def thinking(bot: BotProcess) -> Iterator[None]:
    """The bot takes its time."""
    assert bot.part.process is not None
    os.kill(bot.part.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(bot.part.process.pid, signal.SIGCONT)


async def shown(town: Town, phone: str, patience: float) -> bool:
    try:
        async with asyncio.timeout(patience):
            while not town.simulator.provider.is_typing(phone):
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize(("channel", "dots"), [("messenger", True), ("twilio_sms", False)])
async def test_a_slow_answer_is_announced_where_the_channel_can(
    town: Town, bot_process: BotProcess, channel: str, dots: bool
) -> None:
    phone = town.simulator.phone(channel)
    await phone.send("cuanto cuesta el acta de nacimiento")
    with thinking(bot_process):
        answering = asyncio.create_task(town.turns.run())
        assert await shown(town, phone.id, patience=5 if dots else 2) is dots
        assert not phone.received, "the dots are no message"
    await answering
    await town.deliver()
    assert any("80 pesos" in message.text for message in phone.received)
    assert not town.simulator.provider.is_typing(phone.id)
    assert await town.one("SELECT count(*) FROM outbound_messages WHERE attempts <> 1") == 0


async def test_a_usual_answer_comes_without_them(town: Town) -> None:
    phone = town.simulator.phone("messenger")
    await phone.send("cuanto cuesta el acta de nacimiento")
    await town.turns.run()
    assert not await shown(town, phone.id, patience=0.1)
