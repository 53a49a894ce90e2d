"""Deliveries to rows: a batch is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.errors import DeadlockDetected
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend import metrics
from backend.conversations.intake import Intake, Taken
from backend.conversations.receipts import apply_updates
from backend.db import Sessions
from backend.tasks.queue import Queue
from backend.webhooks.delivery import Delivery

AWAY = (OperationalError, InterfaceError, PoolTimeout, OSError)


@dataclass(frozen=True)
class Storing:
    """Writes deliveries to the database, counts them and wakes workers."""

    sessions: Sessions
    intake: Intake
    queue: Queue

    async def store(self, batch: Sequence[Delivery]) -> list[Exception | None]:
        """Write a batch in its order; where something in it is refused, each by itself. Answers what kept each out.

        Once the database is AWAY nothing later is tried, so that nothing overtakes.
        """
        try:
            await self._commit(batch)
            return [None] * len(batch)
        except Exception as error:
            if len(batch) == 1 or (isinstance(error, AWAY) and not _deadlock(error)):
                return [error] * len(batch)
        errors: list[Exception | None] = []
        for delivery in batch:
            last = errors[-1] if errors else None
            errors += [last] if isinstance(last, AWAY) else await self.store([delivery])
        return errors

    async def _commit(self, batch: Sequence[Delivery]) -> None:
        arrivals = [arrival for delivery in batch for arrival in delivery.arrivals]
        updates = [update for delivery in batch for update in delivery.updates]
        taken = Taken()
        async with self.sessions.begin() as session:
            if arrivals:
                taken = await self.intake.take(session, arrivals)
            if updates:
                await apply_updates(session, self.intake.vault, updates)
        _count(batch, taken)
        if taken.alarms:
            await self.queue.wake("deliveries")
        if taken.new:
            await self.queue.wake("turns")


def _deadlock(error: Exception) -> bool:
    return isinstance(getattr(error, "orig", None), DeadlockDetected)


def _count(batch: Sequence[Delivery], taken: Taken) -> None:
    for channel, times in taken.new.items():
        metrics.RECEIVED.labels(channel).inc(times)
    for channel, times in taken.duplicates.items():
        metrics.DUPLICATES.labels(channel).inc(times)
    metrics.ALARMS.inc(taken.alarms)
    for delivery in batch:
        for event in delivery.ignored:
            metrics.IGNORED.labels(delivery.channel, event).inc()
