"""A slice of the replay: some hundred women, the provider at its worst, nothing lost and nobody written to in vain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from backend.campaigns.replay.calendar import UnreadableCalendar, read_calendar
from backend.campaigns.replay.installation import Wanted, live, replay_settings
from backend.office import open_desk
from backend.settings import Settings
from tests.fixtures_road import SECRET, BotProcess

PEOPLE, MESSAGES = 250, 700  # the whole is `ventanilla replay`


def flow(stage: str, week: int, day: int, arm: str = "std", **more: Any) -> dict[str, Any]:
    name = f"{stage[0]}_milk_{'cSE_' if arm == 'cSE' else ''}w{week}_d{day}"
    message = {"chars": 150, "enc": "gsm7", "segments": 1, "has_expression": False}
    placed = {"stage": stage, "topic": "milk", "arm": arm, "week": week, "day": day}
    return {"flow": name, "two_way": False, "waits": 0, "messages": [message], **placed, **more}


@pytest.fixture
def calendar(tmp_path: Path) -> Path:
    """Every day of two and a half years, a question on Mondays, two arms on Fridays."""
    weeks = [("pregnancy", week) for week in range(8, 43)] + [("baby", week) for week in range(1, 105)]
    flows = [flow(stage, week, day, two_way=day == 1) for stage, week in weeks for day in range(1, 8)]
    flows += [flow(stage, week, 5, "cSE") for stage, week in weeks]
    flows.append({"flow": "uncaught", "two_way": True, "waits": 1, "messages": []})
    path = tmp_path / "calendario.json"
    path.write_bytes(orjson.dumps({"flows": flows}))
    return path


def test_a_calendar_becomes_campaigns_with_texts_of_the_same_length(calendar: Path) -> None:
    pregnancy, baby = read_calendar(calendar)
    assert (len(pregnancy.events), len(baby.events)) == (35 * 7, 104 * 7)
    assert baby.after == pregnancy.key
    assert {len(words) for event in baby.events for _, words in event.arms} <= {149, 150}
    assert sum(len(event.arms) == 2 for event in pregnancy.events) == 35
    assert pregnancy.events[0].words("std").startswith("¿p_milk_w8_d1 1 std")
    calendar.write_text("{}")
    with pytest.raises(UnreadableCalendar, match="no es un calendario"):
        read_calendar(calendar)


@pytest.mark.timeout(300)
async def test_a_life_in_compressed_time_loses_nothing(
    calendar: Path, database_url: str, redis_url: str, bot_process: BotProcess, api_port: int, tmp_path: Path
) -> None:
    base = Settings(_env_file=None)
    settings = replay_settings(base, database_url, redis_url, tmp_path, bot_process.url).model_copy(
        update={"actions_token": base.actions_token.__class__(SECRET)}
    )
    wanted = Wanted(PEOPLE, MESSAGES)
    tally = await live(settings, open_desk(settings), read_calendar(calendar), wanted, api_port)
    print("\n" + "\n".join(tally.lines()))
    assert tally.faultless, tally
    assert tally.sent + tally.received >= MESSAGES
    assert tally.received > MESSAGES / 30
    assert (tally.after_leaving, tally.outside_hours) == (0, 0)
    assert tally.alarms.unread > 0
    assert tally.alarms.rings > tally.alarms.alarms, "who is not answered rings the next"
