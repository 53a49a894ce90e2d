"""A line that sends one message a second is given what it can send soon, and an alarm at once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import cast

import httpx
from sqlalchemy import select

from backend.conversations.models import Conversation
from backend.conversations.outbox import Draft, put
from backend.simulator.faults import Faults
from backend.tasks.deliveries import SOON
from channels.twilio_sms import TwilioSms
from tests.fixtures_road import Town

CLAIMED = "SELECT count(*) FROM outbound_messages WHERE outbound_class = :kind AND attempts > 0"


async def test_answers_leave_room_for_an_alarm(quiet_town: Town) -> None:
    await asyncio.gather(*(quiet_town.simulator.phone().send("hola") for _ in range(40)))
    async with quiet_town.sessions.begin() as session:
        for conversation in await session.scalars(select(Conversation)):
            await put(session, quiet_town.desk, conversation, [Draft(text="Buenas tardes.")])
    twilio = replace(cast(TwilioSms, quiet_town.deliveries.channels["twilio_sms"]), rate_per_second=1.0)
    worker = replace(quiet_town.deliveries, channels={"twilio_sms": twilio})
    quiet_town.simulator.provider.set_faults(Faults(latency=3600))  # no call ends before the test does
    quiet_town.http.timeout = httpx.Timeout(3600)
    for _ in range(5):
        await worker.run()
    assert await quiet_town.one(CLAIMED, kind="reply") == 2 * SOON, "more would wait until they are taken for lost"
    await quiet_town.simulator.phone().send("me sale mucha sangre")
    await worker.run()
    assert await quiet_town.one(CLAIMED, kind="alarm") == 1
    for call in list(worker.under_way):
        call.cancel()
    await asyncio.gather(*worker.under_way, return_exceptions=True)
