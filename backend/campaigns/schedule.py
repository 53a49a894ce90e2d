"""When each message of a campaign goes to one person: pure arithmetic over calendars and time zones.

Days and weeks are calendar days in the person's zone and keep the wall clock when the clocks change; minutes are
elapsed time. A wall clock that does not exist (the night the clocks go forward) becomes the one an hour later; one
that comes twice is the first.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.campaigns.programme import Event

MARGIN = 2  # days by which zones, quiet hours and the anchor's own clock may move a message from its `reach`
Anchor = date | datetime  # a day in the person's calendar, or a moment


@dataclass(frozen=True)
class QuietHours:
    """From `opens` until just before `closes`, by the person's clock, messages that nobody asked for may go."""

    opens: time = time(9)
    closes: time = time(21)

    def allowed_from(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """`moment` itself where it is allowed, otherwise the next opening; UTC."""
        local = moment.astimezone(zone)
        if self.opens <= local.time() < self.closes:
            return moment.astimezone(UTC)
        opening = local.date() if local.time() < self.opens else local.date() + timedelta(days=1)
        return on_the_clock(opening, self.opens, zone)


@dataclass(frozen=True)
class Occurrence:
    """A message that goes to one person: on which day of theirs it falls, and the allowed moment, UTC."""

    event: Event
    day: date
    moment: datetime


def on_the_clock(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, UTC, at which a clock of `zone` shows `at` on `day`."""
    return datetime.combine(day, at, zone).astimezone(UTC)


def occurrence(event: Event, anchor: Anchor, zone: ZoneInfo, quiet: QuietHours) -> Occurrence:
    """When one event falls for an anchor."""
    start = anchor.astimezone(zone) if isinstance(anchor, datetime) else None
    day = (start.date() if start else anchor) + timedelta(days=event.days)
    at = event.at or (start.time() if start else quiet.opens)
    moment = on_the_clock(day, at, zone) + timedelta(minutes=event.minutes)
    return Occurrence(event, day, quiet.allowed_from(moment, zone))


def due(
    events: tuple[Event, ...], anchor: Anchor, zone: ZoneInfo, quiet: QuietHours, after: datetime, until: datetime
) -> list[Occurrence]:
    """What falls later than `after` and not later than `until`, in order. `events` are in order of `reach`."""
    first, last = (_days_between(anchor, moment, zone) for moment in (after, until))
    found = []
    for event in _from(events, first - MARGIN):
        if event.reach > last + MARGIN:
            break
        falls = occurrence(event, anchor, zone, quiet)
        if after < falls.moment <= until:
            found.append(falls)
    return sorted(found, key=lambda one: one.moment)


def next_moment(
    events: tuple[Event, ...], anchor: Anchor, zone: ZoneInfo, quiet: QuietHours, after: datetime
) -> datetime | None:
    """The moment of the first message later than `after`; None: there is none any more."""
    best: datetime | None = None
    until = float("inf")
    for event in _from(events, _days_between(anchor, after, zone) - MARGIN):
        if event.reach > until:
            break
        moment = occurrence(event, anchor, zone, quiet).moment
        if moment > after and (best is None or moment < best):
            best, until = moment, event.reach + 2 * MARGIN
    return best


def _days_between(anchor: Anchor, moment: datetime, zone: ZoneInfo) -> int:
    start = anchor.astimezone(zone).date() if isinstance(anchor, datetime) else anchor
    return (moment.astimezone(zone).date() - start).days


def _from(events: tuple[Event, ...], reach: float) -> Iterator[Event]:
    first = bisect_left(events, reach, key=lambda one: one.reach)
    return (events[place] for place in range(first, len(events)))
