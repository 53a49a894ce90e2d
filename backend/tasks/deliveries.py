"""Deliveries: mark, call the provider, keep its id. What may have been accepted is told apart from what was not."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

import httpx
import structlog
from sqlalchemy import update

from backend import metrics
from backend.campaigns.brake import Brake
from backend.campaigns.permission import let_through
from backend.campaigns.rules import BULK
from backend.clock import now
from backend.conversations.models import OutboundMessage
from backend.db import Sessions, lock
from backend.gathering import Gathering
from backend.office import FrontDesk
from backend.tasks.pace import Pace
from backend.tasks.parcels import Parcel, claim, settle_failed, settle_sent, tried_again
from channels.base import Channel, OutboundClass, Receipt, SendError

log = structlog.get_logger()
BATCH = 64
SETTLING = 0.03  # seconds in which answers of the provider share a transaction
SOON = 10.0  # seconds within which the slowest line sends what is claimed at once
ALWAYS = ("alarm", "reply", "operator")  # sent again when in doubt; the others only when a look-up says no

Answer = tuple[Parcel, Receipt | SendError]


@dataclass(frozen=True)
class DeliveryWorker:
    """Sends what is due, in order within a conversation; alarms overtake."""

    desk: FrontDesk
    sessions: Sessions
    channels: Mapping[str, Channel]
    http: httpx.AsyncClient
    pace: Pace
    brake: Brake = field(default_factory=Brake)
    lanes: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))  # by line
    under_way: set[asyncio.Task[None]] = field(default_factory=set)  # calls until what came of them is stored
    settled: Callable[[], None] = lambda: None  # told when a row is settled: what waited behind it may go

    async def run(self) -> int:
        """Claim a batch and begin its calls; answers how many rows were claimed. Nothing waits for a call that hangs:
        an alarm may be next."""
        async with self.sessions.begin() as session:
            claimed = await claim(session, self.desk.vault, self._most(), self._least_urgent())
            parcels = await let_through(session, claimed, ZoneInfo(self.desk.timezone), now())
        for parcel in parcels:
            call = asyncio.create_task(self._deliver(parcel))
            self.under_way.add(call)
            call.add_done_callback(self.under_way.discard)
        return len(claimed)

    def _most(self) -> int:
        """Rows claimed at once: no more than the slowest line sends soon, lest they be taken for calls that hang."""
        slowest = min((one.limits.rate_per_second for one in self.channels.values()), default=BATCH)
        return max(1, min(BATCH, int(slowest * SOON)))

    def _least_urgent(self) -> OutboundClass:
        """What may still join the calls under way, for the same reason: answers leave room for alarms, campaigns for
        both."""
        crowd = len(self.under_way) / self._most()
        return "campaign" if crowd < 1 else "reply" if crowd < 2 else "alarm"

    async def _deliver(self, parcel: Parcel) -> None:
        answer = await self._call(parcel)
        try:
            await self._answers.put(answer)
        except Exception as error:  # it stays in doubt, and is looked up
            log.warning("receipt not stored", outbound=parcel.id, error=type(error).__name__)
        self.settled()

    async def _call(self, parcel: Parcel) -> Answer:
        channel = self.channels.get(parcel.channel)
        if channel is None:
            message = f"el canal {parcel.channel} no está configurado"
            return parcel, SendError("sin_canal", message, effect="configuration")
        try:
            return parcel, await self._settled(channel, parcel) or await self._send(channel, parcel)
        except SendError as error:
            return parcel, error
        except Exception as error:  # a fault of ours must not leave the row in doubt for ever
            log.exception("delivery failed", outbound=parcel.id)
            return parcel, SendError("falla_interna", type(error).__name__, retryable=True)

    async def _settled(self, channel: Channel, parcel: Parcel) -> Receipt | None:
        """Ask the provider about a call that may have been accepted, before repeating it."""
        if not parcel.unclear:
            return None
        urgent = parcel.outbound.outbound_class in ALWAYS
        try:
            found = await channel.find(parcel.outbound, parcel.since, self.http)
        except SendError:
            if not urgent:
                raise
            found = None  # who cannot be asked must not delay an answer
        if found is None and not urgent:
            raise SendError("en_duda", "no se sabe si salió; no se repite", effect="none")
        if found is None:
            metrics.IN_DOUBT.inc()
            await self._doubt(parcel)
        return found

    async def _doubt(self, parcel: Parcel) -> None:
        async with self.sessions.begin() as session:
            await session.execute(
                update(OutboundMessage)
                .where(OutboundMessage.id == parcel.id)
                .values(in_doubt=OutboundMessage.in_doubt + 1)
            )

    async def _send(self, channel: Channel, parcel: Parcel) -> Receipt:
        line, rate = f"{parcel.channel}:{parcel.outbound.line}", channel.limits.rate_per_second
        if parcel.outbound.outbound_class in BULK:
            async with self.lanes[line]:  # one at a time, so that an alarm never finds a crowd before it
                await self._unless_stopped()
                await self.pace.wait(line, rate)
            await self._unless_stopped()
        else:
            await self.pace.wait(line, rate)
        return await channel.send(parcel.outbound, self.http)

    async def _unless_stopped(self) -> None:
        if await self.brake.engaged(self.sessions):
            raise SendError("freno", "los envíos están detenidos", retryable=True)

    @cached_property
    def _answers(self) -> Gathering[Answer]:
        return Gathering(self._settle, SETTLING)

    async def _settle(self, answers: Sequence[Answer]) -> None:
        sent = [(parcel, answer) for parcel, answer in answers if isinstance(answer, Receipt)]
        failed = [(parcel, answer) for parcel, answer in answers if isinstance(answer, SendError)]
        for parcel, _ in sent:
            metrics.SENT.labels(parcel.channel, "accepted").inc()
        for parcel, error in failed:
            metrics.SENT.labels(parcel.channel, "retry" if tried_again(parcel, error) else "failed").inc()
        async with self.sessions.begin() as session:
            await lock(session, OutboundMessage, (parcel.id for parcel, _ in answers))
            await settle_sent(session, sent)
            await settle_failed(session, failed)


async def until_idle(worker: DeliveryWorker) -> int:
    """Send until nothing is due and nothing is under way; answers how many rows were claimed."""
    claimed = 0
    while (more := await worker.run()) or worker.under_way:
        claimed += more
        await asyncio.gather(*worker.under_way)
    return claimed
