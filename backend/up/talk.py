"""A citizen with a simulated phone, seen from outside: for `ventanilla chat` and for the conversations of packs."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import httpx
from sqlalchemy import Engine, TextClause, text

BUSY = text(
    "SELECT (SELECT count(*) FROM inbound_messages WHERE status = 'pending')"
    " + (SELECT count(*) FROM outbound_messages WHERE status IN ('queued', 'sending'))"
)
TAKEN = text("SELECT count(*) FROM inbound_messages")


class NoAnswer(Exception):
    """The desk has not finished answering in time; its logs say why."""


@dataclass
class Talk:
    """One phone of the simulator of a running installation."""

    base_url: str
    engine: Engine
    channel: str = "twilio_sms"
    patience: float = 30.0  # seconds for one answer
    _phone: str = ""
    _seen: set[str] = field(default_factory=set)

    def say(self, words: str) -> list[str]:
        """Send words, or tap the option of that name, and read what comes back. Raises NoAnswer."""
        if not self._phone:
            made = httpx.post(f"{self.base_url}/simulator/api/phones", json={"channel": self.channel})
            self._phone = made.raise_for_status().json()["id"]
        before = self._count(TAKEN)
        sent = httpx.post(f"{self.base_url}/simulator/api/phones/{self._phone}/messages", json={"text": words})
        sent.raise_for_status()
        self._wait_until_settled(before)
        return self._news()

    def _count(self, query: TextClause) -> int:
        with self.engine.connect() as connection:
            return int(connection.scalar(query) or 0)

    def _wait_until_settled(self, before: int) -> None:
        """Until the message is stored, answered, and the answers are at the provider's."""
        until = time.monotonic() + self.patience
        while self._count(TAKEN) == before or self._count(BUSY):
            if time.monotonic() > until:
                raise NoAnswer(f"sin respuesta después de {self.patience:.0f} s")
            time.sleep(0.03)

    def _news(self) -> list[str]:
        state = httpx.get(f"{self.base_url}/simulator/api/state").raise_for_status().json()
        mine = [one for one in state["messages"] if one["phone"] == self._phone and one["direction"] == "to_phone"]
        new = [one for one in mine if one["sid"] not in self._seen]
        self._seen |= {one["sid"] for one in new}
        return [_written(one) for one in new]


def _written(message: dict[str, object]) -> str:
    options = message.get("options") or []
    titles = [f"[{option['title']}]" for option in options] if isinstance(options, list) else []
    return " ".join([str(message["text"]), *titles])
