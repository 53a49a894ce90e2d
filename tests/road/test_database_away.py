"""PostgreSQL stops for a while: every delivery is acknowledged, kept on disk, and arrives in order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from backend.embedded.postgres import EmbeddedPostgres
from backend.simulator.faults import Faults
from backend.spool import Spool, SpoolTaken
from backend.tasks.bot_client import BotClient
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


@dataclass(frozen=True)
class SlowBot:
    """The bot, and half a second more."""

    bot: BotClient

    @property
    def replicas(self) -> int:
        return self.bot.replicas

    async def turns(self, turns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        await asyncio.sleep(0.5)
        return await self.bot.turns(turns)


async def test_no_session_is_idle_in_transaction_while_bot_or_provider_are_asked(town: Town) -> None:
    for _ in range(5):
        await town.simulator.phone().send("cuanto cuesta el acta de nacimiento")
    town.simulator.provider.faults = Faults(latency=0.5)
    town.turns = replace(town.turns, bot=cast(BotClient, SlowBot(town.turns.bot)))
    seen: list[object] = []
    looking = asyncio.create_task(_look(town, seen))
    await town.work()
    looking.cancel()
    assert seen == []


async def _look(town: Town, seen: list[object]) -> None:
    """Collect sessions that leave a transaction open for half the time that the bot or the provider take."""
    query = (
        "SELECT pid, query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
        " AND state_change < clock_timestamp() - interval '250 ms' AND datname = current_database()"
    )
    while True:
        seen.extend(await town.rows(query))
        await asyncio.sleep(0.01)


async def test_a_second_web_process_may_not_share_the_folder(quiet_town: Town) -> None:
    folder = quiet_town.settings.data_dir / "spool"
    with Spool(folder, quiet_town.desk.vault).alone():
        second = Spool(folder, quiet_town.desk.vault)
        with pytest.raises(SpoolTaken, match="un solo proceso web por carpeta"), second.alone():
            pass
    with second.alone():
        pass  # the first has ended
