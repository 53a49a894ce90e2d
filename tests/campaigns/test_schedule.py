"""When messages fall: cases by hand in schedule.yml, and what holds for all dates and zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.campaigns.programme import Event, in_order
from backend.campaigns.schedule import QuietHours, due, next_moment, occurrence

CASES = yaml.load(Path(__file__).with_name("schedule.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
ZONES = [
    ZoneInfo(f"America/{name}")
    for name in ("Tijuana", "Ciudad_Juarez", "Matamoros", "Hermosillo", "Mexico_City", "Cancun", "Monterrey")
]
QUIET = QuietHours()

days = st.dates(date(2026, 1, 1), date(2029, 12, 31))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))
zones = st.sampled_from(ZONES)
events = st.lists(
    st.builds(
        Event,
        id=st.uuids().map(str),
        days=st.integers(-200, 500),
        minutes=st.just(0),
        at=st.one_of(st.none(), st.times()),
    ),
    max_size=30,
).map(in_order)
anchors = st.one_of(days, moments)


def _event(given: dict[str, Any]) -> Event:
    at = time.fromisoformat(given["at"]) if "at" in given else None
    return Event("e", days=int(given.get("days", 0)), minutes=int(given.get("minutes", 0)), at=at)


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_a_message_falls_where_a_person_expects_it(case: dict[str, Any]) -> None:
    written = case["anchor"]
    anchor = datetime.fromisoformat(written) if "T" in written else date.fromisoformat(written)
    quiet = QuietHours(*(time.fromisoformat(one) for one in case["quiet"])) if "quiet" in case else QUIET
    falls = occurrence(_event(case["event"]), anchor, ZoneInfo(case["zone"]), quiet)
    assert falls.moment == datetime.fromisoformat(case["moment"])


@given(moment=moments, zone=zones)
def test_quiet_hours_move_a_message_to_the_next_opening_and_never_lose_it(moment: datetime, zone: ZoneInfo) -> None:
    allowed = QUIET.allowed_from(moment, zone)
    assert timedelta() <= allowed - moment <= timedelta(hours=13)  # twelve hours, thirteen when clocks change
    assert time(9) <= allowed.astimezone(zone).time() < time(21)
    assert QUIET.allowed_from(allowed, zone) == allowed


@given(moment=moments, later=st.timedeltas(timedelta(), timedelta(days=2)), zone=zones)
def test_quiet_hours_keep_the_order(moment: datetime, later: timedelta, zone: ZoneInfo) -> None:
    assert QUIET.allowed_from(moment, zone) <= QUIET.allowed_from(moment + later, zone)


@settings(deadline=None)
@given(events=events, anchor=anchors, zone=zones, start=moments)
def test_going_from_moment_to_moment_meets_every_message_once(
    events: tuple[Event, ...], anchor: date | datetime, zone: ZoneInfo, start: datetime
) -> None:
    """What the scheduler does: look at `next_moment`, take what is due by then, look again."""
    expected = sorted(one.moment for event in events if (one := occurrence(event, anchor, zone, QUIET)).moment > start)
    met: list[datetime] = []
    cursor = start
    while (following := next_moment(events, anchor, zone, QUIET, cursor)) is not None:
        met += [one.moment for one in due(events, anchor, zone, QUIET, cursor, following)]
        cursor = following
    assert met == expected


@settings(deadline=None)
@given(events=events, anchor=anchors, zone=zones, start=moments, looks=st.lists(moments, max_size=6))
def test_looking_at_any_other_moments_meets_the_same_messages(
    events: tuple[Event, ...], anchor: date | datetime, zone: ZoneInfo, start: datetime, looks: list[datetime]
) -> None:
    end = max([start, *looks])
    cursor, met = start, []
    for look in sorted(looks):
        if look > cursor:
            met += due(events, anchor, zone, QUIET, cursor, look)
            cursor = look
    assert met == due(events, anchor, zone, QUIET, start, end)


@given(day=days, at=st.times(time(9), time(20, 59)), zone=zones, shift=st.integers(-300, 300))
def test_days_keep_the_wall_clock(day: date, at: time, zone: ZoneInfo, shift: int) -> None:
    falls = occurrence(Event("e", days=shift, at=at), day, zone, QUIET)
    assert falls.moment.astimezone(zone).replace(tzinfo=None) == datetime.combine(day + timedelta(days=shift), at)
