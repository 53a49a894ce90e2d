"""What a provider's delivery becomes before any bot has seen it."""

from __future__ import annotations

import httpx
import pytest

from backend.simulator.faults import Faults
from tests.fixtures_road import PUBLIC, Town


async def test_an_alarm_is_answered_with_the_bot_stopped(quiet_town: Town) -> None:
    phone = quiet_town.simulator.phone()
    await phone.send("me sale mucha sangre")
    await quiet_town.deliver()
    (answer,) = [message.text for message in phone.received]
    assert "911" in answer
    assert await quiet_town.one("SELECT count(*) FROM alarms") == 1


async def test_a_further_sign_gets_the_short_second_text_and_no_second_alarm(quiet_town: Town) -> None:
    phone = quiet_town.simulator.phone()
    await phone.send("me sale mucha sangre")
    await phone.send("y veo lucecitas")
    await quiet_town.deliver()
    first, second = [message.text for message in phone.received]
    assert "911" in first and "911" in second and len(second) < len(first)
    assert await quiet_town.rows("SELECT signs FROM alarms") == [(2,)]


async def test_the_same_delivery_twice_is_one_row(quiet_town: Town) -> None:
    quiet_town.simulator.provider.faults = Faults(repeat_webhooks=3)
    await quiet_town.simulator.phone().send("hola")
    await quiet_town.simulator.drain()
    assert await quiet_town.one("SELECT count(*) FROM inbound_messages") == 1


@pytest.mark.parametrize("channel", ["twilio_sms", "messenger"])
async def test_a_forged_delivery_is_refused_and_the_reason_is_kept(quiet_town: Town, channel: str) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=quiet_town.app), base_url=PUBLIC) as http:
        answer = await http.post(f"/webhooks/{channel}", content=b"From=%2B525500000001&Body=hola&MessageSid=SM1")
    assert answer.status_code == 403
    assert await quiet_town.rows("SELECT channel, status FROM webhook_rejections") == [(channel, 403)]
    assert await quiet_town.one("SELECT count(*) FROM inbound_messages") == 0


async def test_leaving_is_immediate_and_confirmed_once(quiet_town: Town) -> None:
    phone = quiet_town.simulator.phone()
    await phone.send("ya no quiero mensajes")
    await quiet_town.deliver()
    assert await quiet_town.one("SELECT count(*) FROM contacts WHERE opted_out_at IS NOT NULL") == 1
    assert len(phone.received) == 1


async def test_nothing_is_readable_in_the_database(quiet_town: Town) -> None:
    phone = quiet_town.simulator.phone()
    await phone.send("soy Maria Luisa y mi telefono es 55 1234 5678")
    rows = await quiet_town.rows("SELECT sealed_text, redacted_text FROM inbound_messages")
    assert "Maria" not in str(rows) and "1234" not in str(rows)
    everything = str(await quiet_town.rows("SELECT sealed, fingerprint FROM addresses"))
    assert phone.id[-8:] not in everything


async def test_three_texts_in_one_delivery_keep_their_order(quiet_town: Town) -> None:
    phone = quiet_town.simulator.phone("messenger")
    await phone.send_batch(["uno", "dos", "tres"])
    rows = await quiet_town.rows("SELECT redacted_text FROM inbound_messages ORDER BY sent_at, id")
    assert [row[0] for row in rows] == ["uno", "dos", "tres"]
