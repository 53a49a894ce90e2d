"""The women's phones and their provider, which keeps a record of all that it accepts."""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import httpx

from backend.campaigns.replay.people import BACK, Act, Woman
from backend.campaigns.replay.virtual import VirtualTime
from backend.campaigns.schedule import QuietHours
from backend.simulator.core import Simulator
from backend.simulator.faults import Faults
from backend.simulator.messages import PhoneMessage
from backend.simulator.settings import SimulatorSettings

AT_ITS_WORST = {
    "too_many_every": 23,
    "server_error_every": 37,
    "timeout_every": 41,
    "opt_out_in_callback": True,
    "repeat_webhooks": 1,
    "reorder": 3,
    "drop_callbacks_every": 29,
}
UNREACHABLE = 0.01  # of the phones
RETURNS = 0.3  # of those who leave
_PROGRAMME = re.compile(r"¿?[pb]_")


@dataclass
class Record:
    """What the provider saw. `programme` counts messages of campaigns, the rest are answers."""

    accepted: Counter[str] = field(default_factory=Counter)  # by our own id
    programme: int = 0
    written: int = 0  # by the women
    after_leaving: int = 0
    outside_hours: int = 0


class Street(Simulator):
    """The fake Twilio with women who react to what they read."""

    def __init__(
        self,
        settings: SimulatorSettings,
        http: httpx.AsyncClient,
        time: VirtualTime,
        everybody: Sequence[Woman],
        questions: Sequence[str],
        chance: Random,
    ) -> None:
        super().__init__(settings, http, clock=time, sleep=time.sleep)
        self.time, self.questions, self.chance = time, questions, chance
        self.women: Mapping[str, Woman] = {one.phone: one for one in everybody}
        self.zones = {name: ZoneInfo(name) for name in {one.zone for one in everybody}}
        self.record, self.quiet = Record(), QuietHours()
        self._plans: list[tuple[datetime, int, Woman, Act]] = []
        self._numbers = count()
        unreachable = frozenset(one.phone for one in everybody if chance.random() < UNREACHABLE)
        self.provider.set_faults(Faults(unreachable=unreachable).with_changes(AT_ITS_WORST))
        self.unreachable = unreachable

    @property
    def next_act(self) -> datetime | None:
        return self._plans[0][0] if self._plans else None

    @property
    def total(self) -> int:
        """SMS in and out so far."""
        return self.record.accepted.total() + self.record.written

    def plan(self, woman: Woman, act: Act | None) -> None:
        if act is not None:
            heapq.heappush(self._plans, (act.at, next(self._numbers), woman, act))

    def due(self) -> list[tuple[Woman, Act]]:
        """What the women do by now, taken off the list."""
        found = []
        while self._plans and self._plans[0][0] <= self.time():
            _, _, woman, act = heapq.heappop(self._plans)
            found.append((woman, act))
        return found

    def forget_plans(self) -> None:
        """Nobody does anything more."""
        self._plans.clear()

    async def write(self, woman: Woman, act: Act) -> None:
        """She writes what she has in mind, and means it."""
        self.record.written += 1
        message = await self.phone(number=woman.phone).send(act.words)
        if act.kind == "leave":
            woman.left_with, woman.stayed = message.sid, False
            if self.chance.random() < RETURNS:
                self.plan(woman, _back(act, self.chance))
        elif act.kind == "return":
            woman.left_with = None

    def has_left(self, woman: Woman) -> bool:
        """Whether the desk has taken the message by which she left; one that is still on its way binds nobody."""
        return woman.left_with is not None and self.provider.messages[woman.left_with].arrived

    async def deliver_sms(self, message: PhoneMessage) -> None:
        """Note what was accepted, let the woman react, and report what became of it."""
        query = parse_qs(urlsplit(message.status_callback or "").query)
        self.record.accepted[query.get("id", [message.sid])[0]] += 1
        if _PROGRAMME.match(message.text):
            self._note(self.women[message.phone], message)
        await super().deliver_sms(message)

    def _note(self, woman: Woman, message: PhoneMessage) -> None:
        self.record.programme += 1
        self.record.after_leaving += self.has_left(woman)
        self.record.outside_hours += self.quiet.allowed_from(self.time(), self.zones[woman.zone]) != self.time()
        if message.phone not in self.unreachable:
            self.plan(woman, woman.reacts(message.text, self.time(), self.questions, self.chance))


def _back(left: Act, chance: Random) -> Act:
    """She comes back after some days; who left by the provider's own word needs the provider's own word."""
    words = "START" if left.words == "STOP" else BACK
    return Act(left.at + timedelta(days=chance.uniform(1, 20)), "return", words)
