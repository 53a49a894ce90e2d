"""A campaign as written: when each message goes, relative to what, and its words. Read from YAML, kept as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any, Literal

import orjson

from bot.packs.yaml_file import File, PackError, Section

OutboundClass = Literal["campaign", "notice"]
DUE_DATE, BIRTH = "fecha_probable_parto", "fecha_nacimiento"
TERM = 21  # days before the due date at which week 37 begins
# pregnancy is counted from 40 weeks before the due date, a baby's age from birth
ORIGIN_DAYS: Mapping[str, int] = {DUE_DATE: -280}
WEEK = 7
HEADER = (
    "programme", "title", "relative_to", "on", "starts", "after", "early", "class", "health", "source",
    "reviewed_by", "messages",
)  # fmt: skip
MESSAGE = ("id", "week", "day", "days", "hours", "minutes", "hour", "text", "arms", "flow", "corrected", "late_hours")


@dataclass(frozen=True)
class Event:
    """One message of a campaign.

    `days` are calendar days from the anchor, `minutes` are elapsed ones after that; `at` is the wall clock in the
    person's zone, None: the anchor's own time of day. `late_hours`: how long after its moment it is worth sending.
    """

    id: str
    days: int = 0
    minutes: int = 0
    at: time | None = None
    text: str = ""
    arms: tuple[tuple[str, str], ...] = ()
    flow: str | None = None
    corrected: bool = False  # by the age corrected for prematurity
    late_hours: int = 24

    @property
    def reach(self) -> float:
        """Days from the anchor, near enough to put events in order."""
        clock = self.at.hour * 60 + self.at.minute if self.at else 0
        return self.days + (self.minutes + clock) / 1440

    @property
    def patience(self) -> timedelta:
        return timedelta(hours=self.late_hours)

    def words(self, arm: str | None) -> str:
        """The text of an arm; who has none reads the first, which is the control."""
        if not self.arms:
            return self.text
        return dict(self.arms).get(arm or "", self.arms[0][1])


@dataclass(frozen=True)
class Programme:
    """A campaign. Exactly one of `relative_to` (a date field), `on` (an event) and `starts` (a day) is given."""

    key: str  # <pack>.<programme>
    title: str
    events: tuple[Event, ...]  # in order of `reach`
    relative_to: str | None = None
    on: str | None = None
    starts: date | None = None
    after: str | None = None  # who is in that campaign moves here when the date is known
    early: bool = False  # only for babies born before week 37, beside the programme for all
    outbound_class: OutboundClass = "campaign"
    health: bool = False
    source: str = "pending"
    reviewed_by: str = ""

    @property
    def unsigned(self) -> bool:
        """A health campaign that no professional has signed: production does not send it."""
        return self.health and not self.reviewed_by

    def events_for(self, early: int) -> tuple[Event, ...]:
        """The events for a baby born `early` days before term: those of corrected age come that much later."""
        if not early:
            return self.events
        return in_order(replace(one, days=one.days + early) if one.corrected else one for one in self.events)

    @property
    def digest(self) -> str:
        return hashlib.sha256(orjson.dumps(to_json(self), option=orjson.OPT_SORT_KEYS)).hexdigest()


def to_json(programme: Programme) -> dict[str, Any]:
    """What the table keeps; `from_json` reads it back."""
    document: dict[str, Any] = orjson.loads(orjson.dumps(programme))
    return document


def from_json(document: Mapping[str, Any]) -> Programme:
    events = tuple(_event(one) for one in document["events"])
    starts = document.get("starts")
    return Programme(**{**document, "events": events, "starts": date.fromisoformat(starts) if starts else None})


def _event(document: Mapping[str, Any]) -> Event:
    at = document.get("at")
    arms = tuple((arm, words) for arm, words in document.get("arms") or ())
    return Event(**{**document, "at": time.fromisoformat(at) if at else None, "arms": arms})


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(sorted(events, key=lambda one: one.reach))


def load_programmes(data_dir: Path) -> tuple[Programme, ...]:
    """Every `services/<pack>/programme/*.yml`. Raises PackError with all the faults."""
    programmes: list[Programme] = []
    faults = []
    for path in sorted(data_dir.glob("services/*/programme/*.yml")):
        file = File(path, path.relative_to(data_dir).as_posix())
        programmes.append(_programme(file.read(), pack=path.parent.parent.name))
        faults += file.faults
    if faults:
        raise PackError(faults)
    return tuple(programmes)


def _programme(top: Section, pack: str) -> Programme:
    top.only(*HEADER)
    name, relative_to = top.required("programme"), top.text("relative_to")
    anchors = [key for key in ("relative_to", "on", "starts") if key in top]
    if len(anchors) != 1:
        top.fault("relative_to", "escribe una de: relative_to (un campo de fecha), on (un suceso), starts (un día)")
    after = top.text("after")
    return Programme(
        key=f"{pack}.{name}",
        title=top.required("title"),
        events=in_order(_messages(top, ORIGIN_DAYS.get(relative_to or "", 0), clock_needed="on" not in top)),
        relative_to=relative_to,
        on=top.text("on"),
        starts=top.day("starts"),
        after=f"{pack}.{after}" if after else None,
        early=top.flag("early"),
        outbound_class="notice" if top.one_of("class", ("campaign", "notice")) == "notice" else "campaign",
        health=top.flag("health"),
        source=top.text("source") or "pending",
        reviewed_by=str(top.values.get("reviewed_by") or ""),
    )


def _messages(top: Section, origin: int, clock_needed: bool) -> Iterable[Event]:
    seen: set[str] = set()
    for place, item in top.items("messages"):
        if not isinstance(item, dict):
            top.file.note(place, "debe ser un mapa: {id: …, week: …, day: …, hour: …, text: …}")
            continue
        section = Section(top.file, place, item)
        event = _message(section, origin, clock_needed)
        if event.id in seen:
            section.fault("id", f"'{event.id}' está dos veces")
        seen.add(event.id)
        yield event


def _message(section: Section, origin: int, clock_needed: bool) -> Event:
    section.only(*MESSAGE)
    arms = section.section("arms")
    at = _clock(section)
    if at is None and clock_needed:
        section.fault("hour", "falta la hora local de entrega, de 0 a 23")
    if not (section.text("text") or arms.values or section.text("flow")):
        section.fault("text", "falta el texto (o arms, o flow)")
    weeks = origin + WEEK * _number(section, "week") + _number(section, "day") if "week" in section else 0
    return Event(
        id=section.required("id"),
        days=weeks + _number(section, "days"),
        minutes=60 * _number(section, "hours") + _number(section, "minutes"),
        at=at,
        text=section.text("text") or "",
        arms=tuple((arm, arms.text(arm) or "") for arm in arms),
        flow=section.text("flow"),
        corrected=section.flag("corrected"),
        late_hours=_number(section, "late_hours", 24),
    )


def _number(section: Section, key: str, default: int = 0) -> int:
    value = section.text(key) if key in section else None
    if value is None:
        return default
    try:
        return int(value)
    except ValueError:
        section.fault(key, f"'{value}' no es un número entero")
        return default


def _clock(section: Section) -> time | None:
    """`10` or `10:30`."""
    value = section.text("hour") if "hour" in section else None
    if value is None:
        return None
    try:
        hour, _, minute = value.partition(":")
        return time(int(hour), int(minute or 0))
    except ValueError:
        section.fault("hour", f"'{value}' no es una hora; escribe 10 o 10:30")
        return None
