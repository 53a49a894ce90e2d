"""Deliveries: mark, call the provider, keep its id. What may have been accepted is told apart from what was not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx
import structlog
from sqlalchemy import case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend import metrics
from backend.clock import now
from backend.contacts.models import Address
from backend.contacts.service import mark_bad, opt_out
from backend.conversations.models import Conversation, OutboundMessage
from backend.db import Sessions
from backend.office import FrontDesk
from backend.tasks.pace import Pace
from channels.base import Channel, Choice, Outbound, Receipt, SendError

log = structlog.get_logger()
BATCH = 64
UNCLEAR_AFTER = timedelta(seconds=45)  # a call that has not come back by then may have been accepted
TRIES = 8
PATIENCE = 0.5  # seconds that a batch waits for its slowest call
MOST_SLOW = 64  # calls under way beside the batches; the connections are 100
ALWAYS = ("alarm", "reply", "operator")  # sent again when in doubt; the others only when a look-up says no


@dataclass(frozen=True)
class Parcel:
    """A claimed row with what the channel needs to know."""

    id: int
    conversation_id: int
    contact_id: int
    address_id: int
    channel: str
    outbound: Outbound
    attempts: int
    unclear: bool  # an earlier call may have been accepted
    since: datetime


@dataclass(frozen=True)
class DeliveryWorker:
    """Sends what is due, in order within a conversation; alarms overtake."""

    desk: FrontDesk
    sessions: Sessions
    channels: Mapping[str, Channel]
    http: httpx.AsyncClient
    pace: Pace
    slow: set[asyncio.Task[None]] = field(default_factory=set)  # calls that the provider has not answered yet

    async def run(self) -> int:
        """One batch; answers how many rows were claimed. A call that hangs goes on by itself: an alarm may be next."""
        async with self.sessions.begin() as session:
            parcels = await self._claim(session)
        calls = {asyncio.create_task(self._deliver(parcel)) for parcel in parcels}
        if not calls:
            return 0
        done, hanging = await asyncio.wait(calls, timeout=PATIENCE)
        self.slow.update(hanging)
        for call in hanging:
            call.add_done_callback(self.slow.discard)
        for call in done:
            call.result()
        while len(self.slow) > MOST_SLOW:
            await asyncio.wait(self.slow, return_when=asyncio.FIRST_COMPLETED)
        return len(parcels)

    async def _claim(self, session: AsyncSession) -> list[Parcel]:
        moment = now()
        rows = await session.execute(_due(moment).limit(BATCH).with_for_update(skip_locked=True, of=OutboundMessage))
        claimed = [(row, conversation, address) for row, conversation, address in rows]
        parcels = [self._parcel(row, conversation, address) for row, conversation, address in claimed]
        for row, _, _ in claimed:
            row.status, row.sending_since, row.attempts = "sending", moment, row.attempts + 1
            row.next_attempt_at = moment + UNCLEAR_AFTER
        return parcels

    def _parcel(self, row: OutboundMessage, conversation: Conversation, address: Address) -> Parcel:
        outbound = Outbound(
            id=str(row.id),
            to=self.desk.vault.open(address.sealed),
            line=conversation.line,
            text=self.desk.vault.open(row.sealed_text),
            outbound_class=row.outbound_class,  # type: ignore[arg-type]  # the column holds only these words
            choices=tuple(Choice(one["title"], one["value"]) for one in row.choices),
            document_url=row.document_url,
            last_inbound_at=conversation.last_inbound_at,
        )
        return Parcel(
            row.id,
            conversation.id,
            conversation.contact_id,
            address.id,
            row.channel,
            outbound,
            row.attempts + 1,
            unclear=row.status == "sending" or row.error_code == "maybe_accepted",
            since=row.created_at,
        )

    async def _deliver(self, parcel: Parcel) -> None:
        channel = self.channels.get(parcel.channel)
        if channel is None:
            await self._fail(
                parcel, SendError("sin_canal", f"el canal {parcel.channel} no está configurado", effect="configuration")
            )
            return
        try:
            receipt = await self._settled(channel, parcel) or await self._send(channel, parcel)
        except SendError as error:
            await self._fail(parcel, error)
        except Exception as error:  # a fault of ours must not leave the row in doubt for ever
            log.exception("delivery failed", outbound=parcel.id)
            await self._fail(parcel, SendError("falla_interna", type(error).__name__, retryable=True))
        else:
            if receipt is not None:
                await self._sent(parcel, receipt)

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

    async def _send(self, channel: Channel, parcel: Parcel) -> Receipt:
        await self.pace.wait(f"{parcel.channel}:{parcel.outbound.line}", channel.limits.rate_per_second)
        return await channel.send(parcel.outbound, self.http)

    async def _sent(self, parcel: Parcel, receipt: Receipt) -> None:
        metrics.SENT.labels(parcel.channel, "accepted").inc()
        forward = OutboundMessage.status.in_(("queued", "sending"))  # a callback may have come first
        async with self.sessions.begin() as session:
            await session.execute(
                update(OutboundMessage)
                .where(OutboundMessage.id == parcel.id)
                .values(
                    provider_id=func.coalesce(OutboundMessage.provider_id, receipt.provider_id or None),
                    segments=receipt.segments,
                    sending_since=None,
                    next_attempt_at=None,
                    error_code=case((forward, None), else_=OutboundMessage.error_code),
                    status=case((forward, "sent"), else_=OutboundMessage.status),
                    status_at=now(),
                )
                .execution_options(synchronize_session=False)
            )

    async def _doubt(self, parcel: Parcel) -> None:
        async with self.sessions.begin() as session:
            await session.execute(
                update(OutboundMessage)
                .where(OutboundMessage.id == parcel.id)
                .values(in_doubt=OutboundMessage.in_doubt + 1)
            )

    async def _fail(self, parcel: Parcel, error: SendError) -> None:
        again = (error.retryable or error.maybe_accepted) and parcel.attempts < TRIES
        metrics.SENT.labels(parcel.channel, "retry" if again else "failed").inc()
        values = {
            "status": "queued" if again else "failed",
            "next_attempt_at": now() + _pause(parcel.attempts, error.retry_after) if again else None,
            "sending_since": None,
            "error_code": "maybe_accepted" if error.maybe_accepted and again else error.code,
            "error_text": error.message[:300],
            "status_at": now(),
        }
        async with self.sessions.begin() as session:
            await session.execute(
                update(OutboundMessage)
                .where(OutboundMessage.id == parcel.id, OutboundMessage.status.in_(("queued", "sending")))
                .values(**values)
                .execution_options(synchronize_session=False)
            )
            await self._learn(session, parcel, error)

    async def _learn(self, session: AsyncSession, parcel: Parcel, error: SendError) -> None:
        if error.effect == "opt_out":
            await opt_out(session, parcel.contact_id, "proveedor", now())
        elif error.effect == "bad_address":
            await mark_bad(session, parcel.address_id, error.code, now())
        elif error.effect == "configuration":
            log.critical("channel refuses our configuration", channel=parcel.channel, code=error.code)


def _due(moment: datetime):  # type: ignore[no-untyped-def]  # SQLAlchemy's Select of three entities says nothing more
    """Rows to send now: the first of each conversation, alarms before everything."""
    earlier = aliased(OutboundMessage)
    before = exists().where(
        earlier.conversation_id == OutboundMessage.conversation_id,
        earlier.id < OutboundMessage.id,
        earlier.status.in_(("queued", "sending")),
    )
    return (
        select(OutboundMessage, Conversation, Address)
        .join(Conversation, Conversation.id == OutboundMessage.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .where(
            OutboundMessage.status.in_(("queued", "sending")),
            OutboundMessage.next_attempt_at <= moment,
            or_(OutboundMessage.outbound_class == "alarm", ~before),
        )
        .order_by(case((OutboundMessage.outbound_class == "alarm", 0), else_=1), OutboundMessage.id)
    )


def _pause(attempts: int, retry_after: float | None) -> timedelta:
    """Exponential backoff with jitter, never earlier than the provider asks."""
    backoff = min(2.0**attempts, 300.0) * random.uniform(0.5, 1.0)
    return timedelta(seconds=max(backoff, retry_after or 0.0))


async def until_idle(worker: DeliveryWorker) -> None:
    """Send until nothing is due and nothing is under way."""
    while await worker.run() or worker.slow:
        if worker.slow:
            await asyncio.wait(worker.slow)
