"""The worker process (`python -m backend.tasks.worker`): hands that work when a bell rings, or look by themselves."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import get_args

import structlog
import uvloop
from saq.types import Context
from saq.worker import Worker
from sqlalchemy import func, select

from backend import metrics
from backend.alarms.readiness import refuse_without_on_call
from backend.clock import now
from backend.conversations.models import Conversation
from backend.db import Sessions, create_engine, create_sessions
from backend.flows.runs import open_flows
from backend.lean_client import LeanClient
from backend.logs import configure_logs
from backend.office import open_desk
from backend.providers import configured_channels
from backend.redis_clients import hasty, patient
from backend.settings import Settings, get_settings, refuse_unsafe
from backend.tasks.bot_client import BotClient
from backend.tasks.claims import BATCH
from backend.tasks.deliveries import DeliveryWorker
from backend.tasks.flow_turns import FlowTurns
from backend.tasks.housekeeping import tidy
from backend.tasks.pace import Pace
from backend.tasks.queue import Kind, Queue
from backend.tasks.rounds import rounds
from backend.tasks.turns import TurnWorker
from backend.tasks.typing_signs import TypingSigns
from bot.garbage import spare_what_is_loaded

log = structlog.get_logger()
SWEEP = 1.0  # seconds between looks for work that nobody woke us for
GATHER = 0.02  # seconds
CONNECTIONS = 256  # to providers, or to bots; more calls are not under way
TIDY = 3600.0  # seconds between tidyings


class Bell:
    """Rung when there is work of a kind; one of those who listen hears it. They look for work by themselves as well."""

    def __init__(self) -> None:
        self._rung: asyncio.Queue[None] = asyncio.Queue(maxsize=1)

    def ring(self) -> None:
        if self._rung.empty():
            self._rung.put_nowait(None)

    async def heard(self, patience: float = SWEEP) -> None:
        """Return when it rings, or after `patience` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._rung.get()


@dataclass(frozen=True)
class Bells:
    """The bells of this process. What its own hands make is heard at once, without the way through Redis."""

    turns: Bell = field(default_factory=Bell)
    deliveries: Bell = field(default_factory=Bell)

    def of(self, kind: Kind) -> Bell:
        return self.turns if kind == "turns" else self.deliveries

    async def wake(self, kind: Kind) -> None:
        self.of(kind).ring()


async def keep_at(work: Callable[[], Awaitable[int]], bell: Bell) -> None:
    """Work while there is some, then wait for the bell. Whatever stayed unfinished is found without it.

    Batches that are not full come a moment apart: what gathers in between shares their transactions.
    """
    while True:
        try:
            while claimed := await work():
                await asyncio.sleep(0 if claimed >= BATCH else GATHER)
        except Exception as error:
            log.warning("work failed, again in a moment", error=f"{type(error).__name__}: {error}"[:300])
        await bell.heard()


async def _from_queue(bells: Bells, queue: Queue) -> None:
    """Let jobs ring the bells for as long as the process lives; a Redis that went away is waited for.

    A job is over at once: one that did the work itself would run into the queue's time limit under load.
    """

    def ringing(bell: Bell) -> Callable[[Context], Awaitable[None]]:
        async def ring(_: Context) -> None:
            bell.ring()

        return ring

    functions = [(kind, ringing(bells.of(kind))) for kind in get_args(Kind)]
    while True:
        worker: Worker[Context] = Worker(queue.saq, functions=functions, concurrency=8, dequeue_timeout=2)
        worker.SIGNALS = []
        try:
            await worker.start()
        except Exception as error:
            log.warning("queue away, the work is looked for alone", error=type(error).__name__)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError  # SAQ swallows it; without it the process would never end
        await asyncio.sleep(1)


async def _watch(sessions: Sessions) -> None:
    while True:
        with contextlib.suppress(Exception):
            async with sessions() as session:
                metrics.WAITING.set(
                    await session.scalar(select(func.count()).where(Conversation.next_turn_at <= now())) or 0
                )
        await asyncio.sleep(10)


async def work(settings: Settings) -> None:
    """Run until cancelled."""
    engine = create_engine(settings.database_url)
    redis, for_jobs = hasty(settings.redis_url), patient(settings.redis_url)
    desk, sessions, bells = open_desk(settings), create_sessions(engine), Bells()
    refuse_without_on_call(desk)
    async with LeanClient(CONNECTIONS, timeout=15) as to_bots, LeanClient(CONNECTIONS, timeout=15) as to_providers:
        bot = BotClient(settings.bot_urls, settings.actions_token.get_secret_value(), to_bots)
        flow_desk, channels = open_flows(desk), configured_channels(settings)
        signs = TypingSigns(sessions, desk.vault, channels, to_providers)
        turns = TurnWorker(desk, sessions, bot, bells, FlowTurns(flow_desk, sessions), signs)
        pace, ring = Pace(redis), bells.deliveries.ring
        deliveries = DeliveryWorker(desk, sessions, channels, to_providers, pace, settled=ring)
        # apart: a slow provider holds up no answer, a slow bot no sending
        hands = [keep_at(turns.run, bells.turns) for _ in range(bot.replicas + 1)]
        hands += [keep_at(deliveries.run, bells.deliveries)]  # alone: no call holds it up
        hands += [keep_at(one, Bell()) for one in rounds(desk, sessions, bells, flow_desk)]
        endless = (*hands, _from_queue(bells, Queue(for_jobs)), _watch(sessions), tidy(sessions, every=TIDY))
        spare_what_is_loaded()
        try:
            async with asyncio.TaskGroup() as group:
                for one in endless:
                    group.create_task(one)
        finally:
            await redis.aclose()
            await for_jobs.aclose()
            await engine.dispose()


async def _main() -> None:
    settings = get_settings()
    configure_logs(settings)
    refuse_unsafe(settings)
    task = asyncio.current_task()
    assert task is not None
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await work(settings)


if __name__ == "__main__":
    uvloop.run(_main())
