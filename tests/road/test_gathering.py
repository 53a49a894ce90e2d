"""Many deliveries at once: one transaction for all, and none of them pays for another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from sqlalchemy import text

from backend.conversations.receipts import apply_updates
from backend.gathering import Gathering
from channels.base import StatusUpdate
from tests.fixtures_road import Town

LONG = 3600.0  # seconds; nobody waits for it


async def test_what_comes_together_is_one_batch_in_order() -> None:
    batches: list[list[int]] = []
    gathering = Gathering[int](_into(batches), pause=0.01)
    await asyncio.gather(*(gathering.put(n) for n in range(5)))
    assert batches == [[0, 1, 2, 3, 4]]


async def test_a_full_batch_and_what_is_urgent_do_not_wait() -> None:
    batches: list[list[int]] = []
    gathering = Gathering[int](_into(batches), pause=LONG, most=2)
    await asyncio.gather(gathering.put(1), gathering.put(2))
    await gathering.put(3, at_once=True)
    assert batches == [[1, 2], [3]]


async def test_everybody_in_a_batch_hears_why_it_was_not_kept() -> None:
    async def refuse(batch: Sequence[int]) -> None:
        raise ValueError(str(batch))

    gathering = Gathering[int](refuse, pause=0.01)
    told = await asyncio.gather(gathering.put(1), gathering.put(2), return_exceptions=True)
    assert [str(one) for one in told] == ["[1, 2]", "[1, 2]"]


async def test_fifty_people_at_once_are_few_transactions_and_fifty_conversations(quiet_town: Town) -> None:
    await asyncio.gather(*(quiet_town.simulator.phone().send(f"hola {n}") for n in range(50)))
    transactions = await quiet_town.one("SELECT count(DISTINCT xmin::text) FROM inbound_messages")
    assert isinstance(transactions, int) and transactions <= 5
    assert await quiet_town.one("SELECT count(DISTINCT conversation_id) FROM inbound_messages") == 50
    assert await quiet_town.one("SELECT count(*) FROM contacts") == 50
    assert await quiet_town.one("SELECT count(*) FROM conversations WHERE next_turn_at IS NOT NULL AND wakes = 1") == 50


async def test_an_alarm_among_many_is_the_only_one_answered_at_once(quiet_town: Town) -> None:
    calm, afraid = [quiet_town.simulator.phone() for _ in range(5)], quiet_town.simulator.phone()
    await asyncio.gather(*(phone.send("hola") for phone in calm), afraid.send("me sale mucha sangre"))
    await quiet_town.deliver()
    assert "911" in afraid.received[0].text
    assert not any(phone.received for phone in calm)
    assert await quiet_town.one("SELECT count(*) FROM conversations WHERE next_turn_at IS NOT NULL") == 5


async def test_what_the_database_refuses_does_not_keep_its_neighbours_out(quiet_town: Town) -> None:
    await _execute(quiet_town, "ALTER TABLE inbound_messages ADD CHECK (redacted_text <> 'imposible')")
    phones = [quiet_town.simulator.phone() for _ in range(3)]
    await asyncio.gather(*(phone.send(one) for phone, one in zip(phones, ["uno", "imposible", "tres"], strict=True)))
    kept = await quiet_town.rows("SELECT redacted_text FROM inbound_messages ORDER BY 1")
    assert [row[0] for row in kept] == ["tres", "uno"]
    assert quiet_town.app.state.door.waiting == 1
    await quiet_town.app.state.door.drain()
    assert quiet_town.app.state.door.waiting == 0
    assert len(list((quiet_town.settings.data_dir / "spool").glob("*.refused"))) == 1


@pytest.mark.parametrize(
    ("was", "told", "becomes"),
    [
        ("sending", ["queued", "sent", "delivered"], "delivered"),
        ("sending", ["queued"], "sending"),
        ("sent", ["delivered", "sent", "queued"], "delivered"),
        ("delivered", ["failed", "sent"], "delivered"),
        ("sent", ["failed", "delivered"], "failed"),
        ("delivered", ["read"], "read"),
    ],
)
async def test_a_batch_of_states_moves_a_row_forward_only(
    quiet_town: Town, was: str, told: list[str], becomes: str
) -> None:
    row = await _answer(quiet_town, was)
    updates = [StatusUpdate("twilio_sms", "SM1", status, own_id=str(row)) for status in told]
    async with quiet_town.sessions.begin() as session:
        await apply_updates(session, quiet_town.desk.vault, updates)
    assert await quiet_town.rows("SELECT status, provider_id FROM outbound_messages") == [(becomes, "SM1")]


async def test_a_state_of_another_channel_or_of_no_row_of_ours_changes_nothing(quiet_town: Town) -> None:
    row = await _answer(quiet_town, "sent")
    strange = [("messenger", str(row)), ("twilio_sms", "9" * 30), ("twilio_sms", "²"), ("twilio_sms", str(row + 1))]
    updates = [StatusUpdate(channel, "SM1", "failed", own_id=own_id) for channel, own_id in strange]
    async with quiet_town.sessions.begin() as session:
        assert await apply_updates(session, quiet_town.desk.vault, updates) == 0


async def test_whom_the_provider_calls_gone_is_opted_out(quiet_town: Town) -> None:
    row = await _answer(quiet_town, "sent")
    gone = StatusUpdate("twilio_sms", "SM1", "failed", "21610", own_id=str(row), effect="opt_out")
    async with quiet_town.sessions.begin() as session:
        assert await apply_updates(session, quiet_town.desk.vault, [gone]) == 1
    assert await quiet_town.one("SELECT count(*) FROM contacts WHERE opted_out_by = 'proveedor'") == 1
    assert await quiet_town.one("SELECT error_code FROM outbound_messages") == "21610"


def _into(batches: list[list[int]]) -> Callable[[Sequence[int]], Awaitable[None]]:
    async def keep(batch: Sequence[int]) -> None:
        batches.append(list(batch))

    return keep


async def _execute(town: Town, statement: str, **values: object) -> None:
    async with town.sessions.begin() as session:
        await session.execute(text(statement), values)


async def _answer(town: Town, status: str) -> int:
    """The id of an outbound row in a state."""
    await town.simulator.phone().send("me sale mucha sangre")
    await _execute(town, "UPDATE outbound_messages SET status = :status", status=status)
    row = await town.one("SELECT id FROM outbound_messages")
    assert isinstance(row, int)
    return row
