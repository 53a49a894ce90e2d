"""PostgreSQL stops for a while: every delivery is acknowledged, kept on disk, and arrives in order."""

from __future__ import annotations

import asyncio

import pytest

from backend.embedded.postgres import EmbeddedPostgres
from backend.spool import Spool
from channels.base import WebhookRequest
from tests.fixtures_road import Town


async def test_everything_arrives_in_order_after_an_outage(
    quiet_town: Town, embedded_postgres: EmbeddedPostgres
) -> None:
    phone = quiet_town.simulator.phone()
    await phone.send("antes")
    embedded_postgres.stop()
    try:
        for words in ("primero", "segundo", "tercero"):
            await phone.send(words)
        assert quiet_town.app.state.door.waiting == 3
    finally:
        embedded_postgres.start()
    await phone.send("cuarto")  # the spool is not empty: it goes to the end of the line
    assert quiet_town.app.state.door.waiting == 4
    while quiet_town.app.state.door.waiting:
        await quiet_town.app.state.door.drain()
    rows = await quiet_town.rows("SELECT redacted_text FROM inbound_messages ORDER BY id")
    assert [row[0] for row in rows] == ["antes", "primero", "segundo", "tercero", "cuarto"]


async def test_a_danger_that_waited_on_disk_is_still_answered(
    quiet_town: Town, embedded_postgres: EmbeddedPostgres
) -> None:
    phone = quiet_town.simulator.phone()
    embedded_postgres.stop()
    try:
        await phone.send("me sale mucha sangre")
    finally:
        embedded_postgres.start()
    await quiet_town.app.state.door.drain()
    await quiet_town.deliver()
    assert "911" in phone.received[0].text


async def test_the_spool_outlives_the_process_and_hides_what_it_holds(quiet_town: Town) -> None:
    folder = quiet_town.settings.data_dir / "spool"
    request = WebhookRequest("POST", "https://x/webhooks/twilio_sms", {"a": "b"}, {}, b"Body=me+sale+sangre")
    path = Spool(folder, quiet_town.desk.vault).put("twilio_sms", request)
    assert b"sangre" not in path.read_bytes()
    (again,) = Spool(folder, quiet_town.desk.vault).oldest()
    assert again.request == request


async def test_a_file_that_nobody_can_read_is_set_aside_not_lost(quiet_town: Town) -> None:
    folder = quiet_town.settings.data_dir / "spool"
    (folder / "00000000000000000001-1.req").write_text("no es nuestro", "utf-8")
    assert Spool(folder, quiet_town.desk.vault).oldest() == []
    assert [path.suffix for path in folder.iterdir()] == [".unreadable"]


@pytest.mark.parametrize("times", [5])
async def test_no_session_is_idle_in_transaction_while_turns_run(town: Town, times: int) -> None:
    phones = [town.simulator.phone() for _ in range(times)]
    for phone in phones:
        await phone.send("cuanto cuesta el acta de nacimiento")
    seen: list[object] = []

    async def look() -> None:
        while True:
            seen.extend(
                await town.rows(
                    "SELECT pid FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
                    " AND state_change < now() - interval '20 ms' AND datname = current_database()"
                )
            )
            await asyncio.sleep(0.005)

    looking = asyncio.create_task(look())
    await town.work()
    looking.cancel()
    assert seen == []
