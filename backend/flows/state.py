"""Where a run stands, as a value that JSON can hold, and the world it is played in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

VERSION = 1
_PLAIN = ("seed", "draws", "input", "params", "response", "child", "outcome", "fault")


@dataclass(frozen=True)
class Contact:
    """What a run may know of the person. Values of fields are text: dates as they are stored, numbers in digits."""

    id: str = ""
    name: str = ""
    language: str = ""
    groups: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)  # scheme (tel, messenger) -> address
    arms: Mapping[str, str] = field(default_factory=dict)  # experiment -> arm
    created_on: str = ""


@dataclass(frozen=True)
class World:
    """Everything outside a run that it depends on; the same world, run and event give the same outcome."""

    contact: Contact
    now: datetime  # aware
    zone: ZoneInfo
    channel: str = "twilio_sms"
    everywhere: Mapping[str, str] = field(default_factory=dict)  # {institucion}, {aviso_url} …
    household: tuple[Contact, ...] = ()  # who takes part by the same telephone; empty where nobody else does


@dataclass(frozen=True)
class Message:
    """Something that the person sent."""

    text: str
    choice: str | None = None  # the value of a quick reply
    media: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tick:
    """Time has passed."""


@dataclass(frozen=True)
class Response:
    """The answer to a Requested effect; status 0 when nobody answered or the installation does not allow it."""

    status: int
    body: str = ""

    @property
    def success(self) -> bool:
        return 200 <= self.status < 300


Event = Message | Tick | Response


@dataclass(frozen=True)
class Frame:
    """A flow that is being played: where it stands and what it has learned."""

    flow: str
    step: str
    at: int = 0  # the next action of the step
    results: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # name -> value, category, text, time


@dataclass(frozen=True)
class Waiting:
    """What a run waits for: a message or the answer to a request."""

    kind: str  # message | response
    expires: str  # ISO moment
    timeout: str = ""  # ISO moment, where the question has one
    prompt: Mapping[str, Any] = field(default_factory=dict)  # the question as it was said, to say it again
    tries: int = 0


@dataclass(frozen=True)
class Run:
    """`frames[-1]` is being played, those before it wait for it to come back."""

    frames: tuple[Frame, ...]
    seed: str
    draws: int = 0
    waiting: Waiting | None = None
    input: Mapping[str, str] = field(default_factory=dict)  # the last message: text, time
    params: Mapping[str, Any] = field(default_factory=dict)  # what started the run: @trigger.params
    response: Mapping[str, Any] = field(default_factory=dict)  # the last Response: status, json
    child: Mapping[str, Any] = field(default_factory=dict)  # the flow that came back last: flow, status, results
    outcome: str = ""
    fault: str = ""

    @property
    def over(self) -> bool:
        return bool(self.outcome)

    @property
    def frame(self) -> Frame:
        return self.frames[-1]

    @property
    def wakes_at(self) -> datetime | None:
        """When a Tick is due; None for a run that is over."""
        if self.waiting is None:
            return None
        return datetime.fromisoformat(self.waiting.timeout or self.waiting.expires)

    def to_json(self) -> dict[str, Any]:
        """A value for a JSON column; `from_json` gives the run back."""
        return {
            "version": VERSION,
            "frames": [_frame_json(frame) for frame in self.frames],
            "waiting": _waiting_json(self.waiting),
            **{key: getattr(self, key) for key in _PLAIN},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Run:
        """Raises ValueError for a state of another version."""
        if value.get("version") != VERSION:
            raise ValueError(f"run state of version {value.get('version')}")
        waiting = value["waiting"]
        rest = {key: value[key] for key in _PLAIN}
        return cls(
            frames=tuple(Frame(**frame) for frame in value["frames"]),
            waiting=Waiting(**waiting) if waiting else None,
            **rest,
        )

    def moved(self, **changes: Any) -> Run:
        return replace(self, **changes)


def _frame_json(frame: Frame) -> dict[str, Any]:
    results = {name: dict(result) for name, result in frame.results.items()}
    return {"flow": frame.flow, "step": frame.step, "at": frame.at, "results": results}


def _waiting_json(waiting: Waiting | None) -> dict[str, Any] | None:
    return None if waiting is None else {**waiting.__dict__, "prompt": dict(waiting.prompt)}
