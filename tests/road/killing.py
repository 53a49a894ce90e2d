"""Death at any step: every boundary between two steps of a turn is numbered, and one of them kills the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from backend.tasks.deliveries import DeliveryWorker
from backend.tasks.turns import TurnWorker
from channels.base import Channel, Outbound, Receipt


class Killed(BaseException):
    """As `kill -9`: no handler of the program sees it."""


@dataclass
class Fate:
    """Dies when the counter reaches `at`; `steps` tells what was passed."""

    at: int
    steps: list[str] = field(default_factory=list)

    def step(self, name: str) -> None:
        if len(self.steps) == self.at:
            self.steps.append(f"† {name}")
            raise Killed(name)
        self.steps.append(name)


@dataclass(frozen=True)
class MortalSessions:
    """Sessions whose owner may die before a transaction, before its commit or right after it."""

    sessions: Any
    fate: Fate

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        self.fate.step("before the transaction")
        async with self.sessions.begin() as session:
            yield session
            self.fate.step("before the commit")
        self.fate.step("after the commit")

    def __call__(self) -> Any:
        return self.sessions()


@dataclass(frozen=True)
class MortalBot:
    bot: Any
    fate: Fate

    @property
    def replicas(self) -> int:
        return int(self.bot.replicas)

    async def turns(self, turns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        self.fate.step("before asking the bot")
        results: list[dict[str, Any]] = await self.bot.turns(turns)
        self.fate.step("after the bot's answer")
        return results


@dataclass(frozen=True)
class MortalChannel:
    channel: Channel
    fate: Fate

    @property
    def name(self) -> str:
        return self.channel.name

    @property
    def limits(self) -> Any:
        return self.channel.limits

    async def send(self, outbound: Outbound, http: httpx.AsyncClient) -> Receipt:
        self.fate.step("before the provider's call")
        receipt = await self.channel.send(outbound, http)
        self.fate.step("after the provider's answer")
        return receipt

    async def find(self, outbound: Outbound, since: datetime, http: httpx.AsyncClient) -> Receipt | None:
        return await self.channel.find(outbound, since, http)


def mortal_turns(worker: TurnWorker, fate: Fate) -> TurnWorker:
    return replace(worker, sessions=MortalSessions(worker.sessions, fate), bot=MortalBot(worker.bot, fate))  # type: ignore[arg-type]  # same shape


def mortal_deliveries(worker: DeliveryWorker, fate: Fate) -> DeliveryWorker:
    channels = {name: MortalChannel(channel, fate) for name, channel in worker.channels.items()}
    return replace(worker, sessions=MortalSessions(worker.sessions, fate), channels=channels)  # type: ignore[arg-type]  # same shape
