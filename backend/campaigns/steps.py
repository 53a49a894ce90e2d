"""What a campaign has for one person now, and when to look again. Pure: rows in, decisions out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from backend.campaigns.programme import Programme
from backend.campaigns.schedule import Anchor, Occurrence, QuietHours, due, next_moment

Skip = Literal["repetida", "tarde", "baja", "sin_consentimiento"]


@dataclass(frozen=True)
class Person:
    """Somebody in a campaign, with all that decides what comes next. `anchor` None: the date is not known yet."""

    enrolment_id: int
    contact_id: int
    conversation_id: int
    channel: str
    programme: Programme
    anchor: Anchor | None
    zone: ZoneInfo
    cursor: datetime
    occasion: str = ""
    arm: str | None = None
    epoch: int = 0
    early: int = 0  # days before term, of a baby born before week 37
    reached: float | None = None
    told_until: float | None = None
    opted_out: bool = False
    consented: bool = True


@dataclass(frozen=True)
class Step:
    """Messages to queue, how many were left out and why, and the moment of the next one; None: there is none."""

    person: Person
    messages: tuple[Occurrence, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)
    cursor: datetime | None = None
    next_at: datetime | None = None
    reached: float | None = None
    completed: bool = False


def step(person: Person, quiet: QuietHours, moment: datetime) -> Step:
    """What is due for a person at `moment`."""
    if person.anchor is None:
        return Step(person, cursor=moment, reached=person.reached)
    events = person.programme.events_for(person.early)
    falls = due(events, person.anchor, person.zone, quiet, person.cursor, moment)
    following = next_moment(events, person.anchor, person.zone, quiet, moment)
    return Step(
        person,
        tuple(one for one in falls if _skip(person, one, moment) is None),
        Counter(skip for one in falls if (skip := _skip(person, one, moment))),
        cursor=moment,
        next_at=following,
        reached=max((one.event.reach for one in falls), default=person.reached),
        completed=following is None,
    )


def _skip(person: Person, one: Occurrence, moment: datetime) -> Skip | None:
    """Why a message that is due is not sent."""
    if person.told_until is not None and one.event.reach <= person.told_until:
        return "repetida"
    if moment - one.moment > one.event.patience:
        return "tarde"
    if person.opted_out:
        return "baja"
    if not person.consented and person.programme.outbound_class == "campaign":
        return "sin_consentimiento"
    return None
