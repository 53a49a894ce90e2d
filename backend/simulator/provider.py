"""The state behind both fakes: people, messages, opt-outs and the schedule of faults. No network, no waiting."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal

from backend.simulator.faults import Faults
from backend.simulator.messages import ChannelName, Person, PhoneMessage, WebhookAttempt
from backend.simulator.settings import SimulatorSettings
from channels.text import segments

Verdict = Literal["go", "too_many", "server_error", "timeout"]
Keyword = Literal["STOP", "START", "HELP"]

# whole message, any case: Twilio's default list for long codes
KEYWORDS: dict[str, Keyword] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), "STOP"),
    **dict.fromkeys(("START", "UNSTOP", "YES"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}
KEYWORD_ANSWERS: dict[Keyword, str] = {
    "STOP": "Ya no recibirás mensajes de este número. Responde START para recibirlos otra vez.",
    "START": "Vuelves a recibir mensajes de este número. Responde STOP para dejar de recibirlos.",
    "HELP": "Este es un número de prueba. Responde STOP para dejar de recibir mensajes.",
}
FIRST_NUMBER = 1001
NAMES: dict[ChannelName, str] = {"twilio_sms": "Teléfono de prueba", "messenger": "Perfil de prueba"}
PREFIXES: dict[ChannelName, str] = {"twilio_sms": "+52550000", "messenger": "550000000000"}
TYPING_LASTS = timedelta(seconds=20)
RANK = {"accepted": 0, "queued": 1, "sending": 2, "sent": 3, "delivered": 4, "undelivered": 4, "failed": 4, "read": 5}


class Provider:
    """Both providers' memory. The same seed, clock and calls give the same state."""

    def __init__(self, settings: SimulatorSettings, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.clock = clock
        self.listeners: list[Callable[[], None]] = []
        self.revision = 0
        self._resets = 0
        self._started = clock()
        self._clear()

    @property
    def epoch(self) -> str:
        """Changes when the memory was emptied, so that nobody goes on drawing what is no more."""
        return f"{self._started:%Y%m%d%H%M%S%f}-{self._resets}"

    def _clear(self) -> None:
        self.random = random.Random(self.settings.seed)
        self.people: dict[str, Person] = {}
        self.messages: dict[str, PhoneMessage] = {}
        self.opted_out: set[str] = set()
        self.typing: dict[str, datetime] = {}
        self.last_inbound: dict[str, datetime] = {}
        self.attempts: deque[WebhookAttempt] = deque(maxlen=500)
        self.faults = Faults()
        self._of_phone: dict[str, list[str]] = {}
        self._changes: dict[str, None] = {}
        self._counts: Counter[str] = Counter()
        for channel in NAMES:
            self.add_person(channel)

    def reset(self) -> None:
        """Forget everything but two people, and start the random numbers again."""
        self._clear()
        self._resets += 1
        self.touch()

    def touch(self) -> int:
        """Count a change and tell those who wait for one."""
        self.revision += 1
        for listener in self.listeners:
            listener()
        return self.revision

    # people

    def add_person(self, channel: ChannelName, name: str = "") -> Person:
        """A new fictitious person with the next free number of the series."""
        taken = sum(person.channel == channel for person in self.people.values())
        number = FIRST_NUMBER + taken
        while f"{PREFIXES[channel]}{number:04d}" in self.people:
            number += 1
        return self.person(channel, f"{PREFIXES[channel]}{number:04d}", name or f"{NAMES[channel]} {taken + 1}")

    def person(self, channel: ChannelName, phone: str, name: str = "") -> Person:
        """The person with this number or page-scoped id, made where there is none."""
        if phone not in self.people:
            self.people[phone] = Person(phone, channel, name or phone)
            self._of_phone.setdefault(phone, [])
            self.touch()
        return self.people[phone]

    # messages

    def sid(self, prefix: str) -> str:
        return f"{prefix}{self.random.getrandbits(128):032x}"

    def add(self, message_id: str, phone: str, channel: ChannelName, **values: Any) -> PhoneMessage:
        """Keep a new message. `values` are the other fields of PhoneMessage; segments and cost are worked out here."""
        self.person(channel, phone)
        now = self.clock()
        message = PhoneMessage(
            sid=message_id,
            phone=phone,
            channel=channel,
            created_at=now,
            updated_at=now,
            revision=0,
            **{**self._size(channel, values["text"]), **values},
        )
        self._of_phone[phone].append(message_id)
        if message.direction == "from_phone":
            self.last_inbound[phone] = now
        else:
            self.typing.pop(phone, None)
        self._forget_oldest()
        return self._keep(message)

    def _size(self, channel: ChannelName, text: str) -> dict[str, Any]:
        if channel != "twilio_sms":
            return {}
        size = segments(text)
        cost = round(size.count * self.settings.example_price, 2)
        return {"encoding": size.encoding, "units": size.units, "segments": size.count, "cost": cost}

    def _keep(self, message: PhoneMessage) -> PhoneMessage:
        kept = replace(message, revision=self.revision + 1)
        self.messages[message.sid] = kept
        self._changes.pop(message.sid, None)
        self._changes[message.sid] = None
        self.touch()
        return kept

    def _forget_oldest(self) -> None:
        while len(self.messages) >= self.settings.keep_messages:
            oldest = next(iter(self.messages))
            forgotten = self.messages.pop(oldest)
            self._changes.pop(oldest, None)
            self._of_phone[forgotten.phone].remove(oldest)

    def move(self, message_id: str, status: str, error_code: int | None = None) -> PhoneMessage | None:
        """Take a message one state further, never back; None where it was forgotten meanwhile."""
        message = self.messages.get(message_id)
        if message is None or RANK[status] < RANK[message.status]:
            return message
        return self._keep(replace(message, status=status, error_code=error_code, updated_at=self.clock()))

    def of_phone(self, phone: str) -> tuple[PhoneMessage, ...]:
        return tuple(self.messages[message_id] for message_id in self._of_phone.get(phone, ()))

    def changed_since(self, revision: int, limit: int = 1000) -> list[PhoneMessage]:
        """Messages new or changed after `revision`, oldest first, the last `limit` of them."""
        return sorted(_until(self._newest_first(), revision, limit), key=lambda message: message.created_at)

    def _newest_first(self) -> Iterator[PhoneMessage]:
        return (self.messages[message_id] for message_id in reversed(self._changes))

    def receipts(self, phone: str) -> list[str]:
        """Ids of what arrived at `phone` and was not read yet."""
        return [m.sid for m in self.of_phone(phone) if m.direction == "to_phone" and m.status == "delivered"]

    # opt-out

    def keyword(self, text: str) -> Keyword | None:
        return KEYWORDS.get(text.strip().upper())

    def obey(self, phone: str, keyword: Keyword) -> None:
        """Remember STOP until START."""
        if keyword == "STOP":
            self.opted_out.add(phone)
        elif keyword == "START":
            self.opted_out.discard(phone)
        self.touch()

    def refuses(self, phone: str) -> bool:
        return phone in self.opted_out or phone in self.faults.opted_out

    # faults

    def set_faults(self, faults: Faults) -> None:
        """Use `faults` from the next call on; every schedule starts to count again."""
        self.faults = faults
        self._counts.clear()
        self.touch()

    def verdict(self, channel: ChannelName) -> Verdict:
        """What happens to the next API call of this channel."""
        schedule: tuple[tuple[Verdict, int], ...] = (
            ("too_many", self.faults.too_many_every),
            ("server_error", self.faults.server_error_every),
            ("timeout", self.faults.timeout_every),
        )
        self._counts[channel] += 1
        due = (verdict for verdict, every in schedule if every and self._counts[channel] % every == 0)
        return next(due, "go")

    def drops_callback(self) -> bool:
        self._counts["callback"] += 1
        every = self.faults.drop_callbacks_every
        return every > 0 and self._counts["callback"] % every == 0

    def journey(self, message: PhoneMessage) -> list[tuple[str, int | None]]:
        """The states still ahead of an accepted message, each with its error code."""
        if self.refuses(message.phone):
            return [("failed", 21610)]
        if message.phone in self.faults.unreachable:
            return [("sent", None), ("undelivered", 30003)]
        first: list[tuple[str, int | None]] = [("queued", None)] if message.status == "accepted" else []
        return [*first, ("sent", None), ("delivered", None)]

    # typing

    def set_typing(self, phone: str, on: bool) -> None:
        if on:
            self.typing[phone] = self.clock() + TYPING_LASTS
        else:
            self.typing.pop(phone, None)
        self.touch()

    def is_typing(self, phone: str) -> bool:
        return phone in self.typing and self.clock() < self.typing[phone]


def _until(newest: Iterator[PhoneMessage], revision: int, limit: int) -> Iterator[PhoneMessage]:
    for count, message in enumerate(newest):
        if message.revision <= revision or count == limit:
            return
        yield message
