"""What whoever waits for a person hears when she writes again: the conversations of `waiting.yml`, by the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from backend.clock import clock
from backend.conversations.intake import OPERATOR_ECHO
from tests.fixtures_road import Town

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("waiting.yml").read_text(encoding="utf-8"))
BEGINNING = datetime(2026, 11, 22, 3, tzinfo=UTC)  # a Saturday evening


async def taken_by(town: Town, operator: int) -> None:
    async with town.sessions.begin() as session:
        await session.execute(text("UPDATE conversations SET operator_id = :operator"), {"operator": operator})


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
async def test_whoever_waits_for_a_person(town: Town, case: dict[str, Any]) -> None:
    phone, moment = town.simulator.phone(), BEGINNING
    with clock(lambda: moment):
        for turn in case["turns"]:
            moment = BEGINNING + timedelta(minutes=turn["at"])
            if "operator" in turn:
                await taken_by(town, turn["operator"])
            said = await town.say(phone, turn["citizen"])
            assert len(said) == len(turn["bot"]), f"{turn['citizen']}: {said}"
            assert all(wanted in words for wanted, words in zip(turn["bot"], said, strict=True)), f"{turn}: {said}"
    assert not await town.rows("SELECT id FROM inbound_messages WHERE status = 'pending'")


async def test_whom_somebody_answers_from_the_pages_inbox_does_not_wait(quiet_town: Town) -> None:
    phone = quiet_town.simulator.phone("messenger")
    await phone.send("hola")
    async with quiet_town.sessions.begin() as session:
        taken = "UPDATE conversations SET floor = 'operator', floor_reason = :echo"
        await session.execute(text(taken), {"echo": OPERATOR_ECHO})
    assert await quiet_town.replies(phone) == []
