"""What a run wants done. The interpreter only says so; the worker carries it out in the transaction of the turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.packs.model import Option


@dataclass(frozen=True)
class Said:
    """A message to the person, in the words of the channel."""

    text: str
    options: tuple[Option, ...] = ()
    media: tuple[str, ...] = ()
    everywhere: bool = False


@dataclass(frozen=True)
class FieldSaved:
    field: str
    value: str


@dataclass(frozen=True)
class ContactSet:
    what: str  # name | language | timezone | status | address
    value: str


@dataclass(frozen=True)
class AboutPerson:
    """What follows is about this person of the household."""

    contact_id: str


@dataclass(frozen=True)
class GroupsChanged:
    add: bool
    names: tuple[str, ...]
    everything: bool = False


@dataclass(frozen=True)
class Notified:
    text: str
    to: str = "owner"
    subject: str = ""
    emails: tuple[str, ...] = ()


@dataclass(frozen=True)
class SentTo:
    text: str
    groups: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    media: tuple[str, ...] = ()


@dataclass(frozen=True)
class StartedFor:
    flow: str
    groups: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requested:
    """An HTTP call to make outside of the transaction; its answer comes back as a `Response` event."""

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True)
class Hooked:
    name: str  # of backend.flows.model.HOOKS
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Labelled:
    names: tuple[str, ...]


@dataclass(frozen=True)
class Expected:
    """What the next message is read as, and until when it is waited for."""

    type: str  # of backend.flows.model.EXPECTS
    options: tuple[Option, ...]
    until: datetime


@dataclass(frozen=True)
class Problem:
    """Something in the definition that did not work; the run went on. For the log and the author, never the person."""

    flow: str
    step: str
    reason: str


@dataclass(frozen=True)
class Ended:
    """The run is over: done, unanswered, expired, interrupted, or fault with its name (loop, no_step, no_flow…)."""

    outcome: str
    fault: str = ""
    flow: str = ""


Effect = (
    Said | FieldSaved | ContactSet | AboutPerson | GroupsChanged | Notified | SentTo | StartedFor | Requested | Hooked
    | Labelled | Expected | Problem | Ended
)  # fmt: skip
