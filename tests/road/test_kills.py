"""A worker killed between every two steps of a turn: one folio, one answer, nothing lost."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from backend.clock import clock
from backend.tasks.deliveries import until_idle as deliver_all
from backend.tasks.turns import until_idle as answer_all
from tests.fixtures_road import Town
from tests.road.killing import Fate, Killed, mortal_deliveries, mortal_turns

REPORT = ["hay un bache", "calle Hidalgo 120 colonia Centro", "esta muy hondo y ya poncho dos llantas", "no"]
MOST_STEPS = 150


async def _report(town: Town, fate: Fate) -> list[str]:
    """A whole report; the worker that dies is replaced by a new one a minute later."""
    minutes = 0
    phone = town.simulator.phone()
    started = datetime.now(UTC)

    def later() -> datetime:
        return max(datetime.now(UTC), started) + timedelta(minutes=minutes)

    with clock(later):
        for words in REPORT:
            await phone.send(words)
            with suppress(Killed):
                await answer_all(mortal_turns(town.turns, fate))
                await deliver_all(mortal_deliveries(town.deliveries, fate))
            minutes += 2
            await answer_all(town.turns)
            await deliver_all(town.deliveries)
            await town.simulator.drain()
    return [message.text for message in phone.received]


@pytest.mark.timeout(400)
async def test_one_folio_and_one_answer_wherever_the_worker_dies(town: Town) -> None:
    whole = await _report(town, Fate(at=10_000))
    assert "EJ-" in whole[-1]
    reports = 1
    for step in range(MOST_STEPS):
        fate = Fate(at=step)
        answers = await _report(town, fate)
        reports += 1
        assert [_without_folio(text) for text in answers] == [_without_folio(text) for text in whole], fate.steps[-2:]
        assert await town.one("SELECT count(*) FROM service_requests") == reports, fate.steps[-2:]
        if not any(passed.startswith("†") for passed in fate.steps):
            break  # every boundary has had its death
    assert reports > 50, "a report has more steps than that"
    assert await town.one("SELECT count(*) FROM inbound_messages WHERE status = 'pending'") == 0
    assert await town.one("SELECT count(*) FROM outbound_messages WHERE status IN ('queued', 'sending')") == 0


def _without_folio(text: str) -> str:
    place = text.find("EJ-")
    return text if place < 0 else text[:place] + text[place + 11 :]
