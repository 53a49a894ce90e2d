"""The worker process (`python -m backend.tasks.worker`): hands that work when a bell rings, or look by themselves."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Mapping

import httpx
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
from backend.tasks.queue import Queue
from backend.tasks.rounds import rounds
from backend.tasks.turns import TurnWorker

log = structlog.get_logger()
SWEEP = 1.0  # seconds between looks for work that nobody woke us for
GATHER = 0.02  # seconds
PROVIDER = httpx.Limits(
    max_connections=64, max_keepalive_connections=16
)  # httpcore compares the idle ones at each call
TIDY = 3600.0  # seconds between tidyings


class Bell:
    """Rung when there is work of a kind. Whoever listens looks for work by itself as well, if nobody rings."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def heard(self, patience: float = SWEEP) -> None:
        """Return when it rings, or after `patience` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._rung.wait()
        self._rung.clear()


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


async def _from_queue(bells: Mapping[str, Bell], queue: Queue) -> None:
    """Let jobs ring the bells for as long as the process lives; a Redis that went away is waited for.

    A job is over at once: one that did the work itself would run into the queue's time limit under load.
    """

    def ringing(bell: Bell) -> Callable[[Context], Awaitable[None]]:
        async def ring(_: Context) -> None:
            bell.ring()

        return ring

    functions = [(kind, ringing(bell)) for kind, bell in bells.items()]
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
    desk, sessions, queue = open_desk(settings), create_sessions(engine), Queue(redis)
    refuse_without_on_call(desk)
    async with httpx.AsyncClient(timeout=15) as to_bots, httpx.AsyncClient(timeout=15, limits=PROVIDER) as to_providers:
        bot = BotClient(settings.bot_urls, settings.actions_token.get_secret_value(), to_bots)
        flow_desk = open_flows(desk)
        turns = TurnWorker(desk, sessions, bot, queue, FlowTurns(flow_desk, sessions))
        deliveries = DeliveryWorker(desk, sessions, configured_channels(settings), to_providers, Pace(redis))
        bells = {"turns": Bell(), "deliveries": Bell()}
        # apart: a slow provider holds up no answer, a slow bot no sending
        hands = [keep_at(turns.run, bells["turns"]) for _ in range(bot.replicas + 1)]
        hands += [keep_at(deliveries.run, bells["deliveries"]) for _ in range(2)]
        hands += [keep_at(one, Bell()) for one in rounds(desk, sessions, queue, flow_desk)]
        endless = (*hands, _from_queue(bells, Queue(for_jobs)), _watch(sessions), tidy(sessions, every=TIDY))
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
