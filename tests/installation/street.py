"""Many phones from outside: a client of the simulator's HTTP API, and people who say the next thing when answered."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

FOLIO = re.compile(r"\b[A-Z]{2}-[2-9CDFGHJKMNPQRTVWXY]{4}-[2-9CDFGHJKMNPQRTVWXY]{3}\b")
LOOK_EVERY = 0.1  # seconds

Message = Mapping[str, Any]


@dataclass
class Street:
    """The phones of one running installation; `look` brings what changed."""

    base_url: str
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    messages: dict[str, Message] = field(default_factory=dict)
    _revision: int = 0

    def phone(self, channel: str = "twilio_sms") -> Handset:
        """A new person."""
        made = self.http.post(f"{self.base_url}/simulator/api/phones", json={"channel": channel}).raise_for_status()
        return Handset(self, str(made.json()["id"]))

    def look(self) -> None:
        news = self.http.get(f"{self.base_url}/simulator/api/state", params={"since": self._revision})
        state = news.raise_for_status().json()
        self._revision = state["revision"]
        self.messages |= {one["sid"]: one for one in state["messages"]}

    def faults(self, **wanted: Any) -> None:
        """Replace the faults of both providers; none: all is well again."""
        self.http.put(f"{self.base_url}/simulator/faults", json=wanted).raise_for_status()

    def refused(self) -> list[Message]:
        """The last webhooks that the desk did not take."""
        state = self.http.get(f"{self.base_url}/simulator/api/state").raise_for_status().json()
        return [attempt for attempt in state["attempts"] if attempt["status"] != 200]

    def wait_until(self, condition: Callable[[], bool], patience: float, what: str) -> None:
        until = time.monotonic() + patience
        self.look()
        while not condition():
            assert time.monotonic() < until, f"{what}: not after {patience:.0f} s"
            time.sleep(LOOK_EVERY)
            self.look()


@dataclass(frozen=True)
class Handset:
    """One phone, as its owner sees it."""

    street: Street
    id: str

    def say(self, words: str) -> None:
        url = f"{self.street.base_url}/simulator/api/phones/{self.id}/messages"
        self.street.http.post(url, json={"text": words}).raise_for_status()

    def _of(self, direction: str) -> list[Message]:
        mine = [one for one in self.street.messages.values() if one["phone"] == self.id]
        return sorted((one for one in mine if one["direction"] == direction), key=lambda one: str(one["created_at"]))

    @property
    def sent(self) -> list[Message]:
        return self._of("from_phone")

    @property
    def received(self) -> list[str]:
        """What arrived from the desk, in the order in which the provider took it, with the titles to tap."""
        return [_written(one) for one in self._of("to_phone") if one["status"] in ("delivered", "read")]

    def seconds_until(self, fragment: str, patience: float = 20.0) -> float:
        """Wait for a message with these words; how long after the last thing that was said it was on the phone."""

        def here() -> list[Message]:
            arrived = [one for one in self._of("to_phone") if one["status"] in ("delivered", "read")]
            since = self.sent[-1]["created_at"] if self.sent else ""
            return [one for one in arrived if fragment in str(one["text"]) and one["created_at"] > since]

        self.street.wait_until(lambda: bool(here()), patience, f"{fragment} on {self.id}")
        return (_moment(here()[0]["updated_at"]) - _moment(self.sent[-1]["created_at"])).total_seconds()


@dataclass
class Errand:
    """Somebody with a list of things to say; `answers` is how many messages each of them brings."""

    phone: Handset
    lines: Sequence[str]
    answers: Sequence[int]
    starts: float = 0.0  # seconds after the beginning
    said: int = 0

    @property
    def answered(self) -> bool:
        return len(self.phone.received) >= sum(self.answers[: self.said])

    @property
    def done(self) -> bool:
        return self.said == len(self.lines) and self.answered

    def step(self, elapsed: float) -> bool:
        """Say the next thing if it is time; True where something was said."""
        if elapsed < self.starts or self.said == len(self.lines) or not self.answered:
            return False
        self.phone.say(self.lines[self.said])
        self.said += 1
        return True


def run(
    street: Street,
    errands: Sequence[Errand],
    patience: float,
    meanwhile: Callable[[float, bool], None] = lambda elapsed, spoken: None,
) -> float:
    """Let everybody run their errand; `meanwhile` is told the time and whether somebody has just spoken."""
    began = time.monotonic()
    while not all(errand.done for errand in errands):
        elapsed = time.monotonic() - began
        waiting = [(e.phone.id, e.said, e.phone.received) for e in errands if not e.done]
        assert elapsed < patience, f"{len(waiting)} of {len(errands)} still wait after {patience:.0f} s: {waiting[:3]}"
        meanwhile(elapsed, sum(errand.step(elapsed) for errand in errands) > 0)
        time.sleep(LOOK_EVERY)
        street.look()
    return time.monotonic() - began


def webhook_seconds(message: Message) -> float:
    """How long the desk took to acknowledge what a person sent."""
    return (_moment(message["updated_at"]) - _moment(message["created_at"])).total_seconds()


def masked(texts: Sequence[str]) -> list[str]:
    """Texts with every folio made the same."""
    return [FOLIO.sub("EJ-····-···", text) for text in texts]


def once(texts: Sequence[str]) -> list[str]:
    """Texts without immediate repetitions."""
    return [text for n, text in enumerate(texts) if n == 0 or text != texts[n - 1]]


def _moment(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


def _written(message: Message) -> str:
    return " ".join([str(message["text"]), *(f"[{option['title']}]" for option in message["options"])])
