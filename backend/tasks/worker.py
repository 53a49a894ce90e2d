"""The worker process: jobs from the queue, and a sweeper that needs no queue.  `python -m backend.tasks.worker`"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import structlog
from saq.types import Context
from saq.worker import Worker
from sqlalchemy import func, select

from backend import metrics
from backend.clock import now
from backend.conversations.models import Conversation
from backend.db import create_engine, create_sessions
from backend.logs import configure_logs
from backend.office import open_desk
from backend.providers import configured_channels
from backend.redis_clients import hasty, patient
from backend.settings import Settings, get_settings, refuse_unsafe
from backend.tasks.bot_client import BotClient
from backend.tasks.deliveries import DeliveryWorker
from backend.tasks.housekeeping import tidy
from backend.tasks.pace import Pace
from backend.tasks.queue import Queue
from backend.tasks.turns import TurnWorker

log = structlog.get_logger()
SWEEP = 1.0  # seconds between looks for work that nobody woke us for
TIDY = 3600.0  # seconds between tidyings


@dataclass(frozen=True)
class Crew:
    """The two kinds of work, each with as many hands as make sense on one process."""

    turns: TurnWorker
    deliveries: DeliveryWorker
    turn_hands: asyncio.Semaphore
    delivery_hands: asyncio.Semaphore

    async def work_turns(self) -> None:
        await _while_any(self.turns.run, self.turn_hands)

    async def work_deliveries(self) -> None:
        await _while_any(self.deliveries.run, self.delivery_hands)


async def _while_any(run: Callable[[], Awaitable[int]], hands: asyncio.Semaphore) -> None:
    if hands.locked():
        return  # they are at it already and look again before they stop
    async with hands:
        while await run():
            pass


async def sweep(work: Callable[[], Awaitable[None]], every: float = SWEEP) -> None:
    """Find whatever stayed unfinished, whether or not a wake-up came."""
    while True:
        try:
            await work()
        except Exception as error:
            log.warning("sweep failed, again in a moment", error=f"{type(error).__name__}: {error}"[:300])
        await asyncio.sleep(every)


async def _from_queue(crew: Crew, queue: Queue) -> None:
    """Take jobs from the queue for as long as the process lives; a Redis that went away is waited for."""

    async def turns(_: Context) -> None:
        await crew.work_turns()

    async def deliveries(_: Context) -> None:
        await crew.work_deliveries()

    while True:
        worker: Worker[Context] = Worker(
            queue.saq, functions=[("turns", turns), ("deliveries", deliveries)], concurrency=8, dequeue_timeout=2
        )
        worker.SIGNALS = []
        try:
            await worker.start()
        except Exception as error:
            log.warning("queue away, the sweeper goes on alone", error=type(error).__name__)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError  # SAQ swallows it; without it the process would never end
        await asyncio.sleep(1)


async def _watch(crew: Crew) -> None:
    while True:
        with contextlib.suppress(Exception):
            async with crew.turns.sessions() as session:
                metrics.WAITING.set(
                    await session.scalar(select(func.count()).where(Conversation.next_turn_at <= now())) or 0
                )
        await asyncio.sleep(10)


async def work(settings: Settings) -> None:
    """Run until cancelled."""
    engine = create_engine(settings.database_url)
    redis, for_jobs = hasty(settings.redis_url), patient(settings.redis_url)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    desk, sessions, queue = open_desk(settings), create_sessions(engine), Queue(redis)
    async with httpx.AsyncClient(limits=limits, timeout=15) as http:
        bot = BotClient(settings.bot_urls, settings.actions_token.get_secret_value(), http)
        crew = Crew(
            turns=TurnWorker(desk, sessions, bot, queue),
            deliveries=DeliveryWorker(desk, sessions, configured_channels(settings), http, Pace(redis)),
            turn_hands=asyncio.Semaphore(max(1, bot.replicas)),
            delivery_hands=asyncio.Semaphore(2),
        )
        try:
            async with asyncio.TaskGroup() as group:
                for endless in (
                    sweep(crew.work_turns),
                    sweep(crew.work_deliveries),  # apart: a slow provider holds up no answer, a slow bot no sending
                    _from_queue(crew, Queue(for_jobs)),
                    _watch(crew),
                    tidy(sessions, every=TIDY),
                ):
                    group.create_task(endless)
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
    asyncio.run(_main())
