"""Which rows of the outbox go out now, and what the provider's answers change in them: one statement per batch."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import (
    BigInteger,
    Case,
    DateTime,
    Integer,
    SQLColumnExpression,
    Text,
    bindparam,
    case,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from backend.clock import now
from backend.contacts.models import Address
from backend.contacts.service import mark_bad, opt_out
from backend.conversations.models import Conversation, OutboundMessage
from backend.crypto import Vault
from backend.db import recordset
from channels.base import Choice, Outbound, OutboundClass, Receipt, SendError

log = structlog.get_logger()
MOMENT = DateTime(timezone=True)
UNCLEAR_AFTER = timedelta(seconds=45)  # a call that has not come back by then may have been accepted
TRIES = 8
OPEN = ("queued", "sending")
# what goes first; within a conversation a row waits for earlier ones of its rank or a better one
RANK: Mapping[str, int] = {"alarm": 0, "reply": 1, "operator": 1, "notice": 2, "campaign": 2}


def _rank(outbound_class: SQLColumnExpression[str]) -> Case[int]:
    return case(RANK, value=outbound_class)


# the first open row of each conversation by rank: answers wait for answers, not for a campaign held back
_earlier = aliased(OutboundMessage)
_before = exists().where(
    _earlier.conversation_id == OutboundMessage.conversation_id,
    _earlier.id < OutboundMessage.id,
    _earlier.status.in_(OPEN),
    _rank(_earlier.outbound_class) <= _rank(OutboundMessage.outbound_class),
)
_maybe_accepted = or_(OutboundMessage.status == "sending", OutboundMessage.error_code == "maybe_accepted")
_due = (
    select(
        OutboundMessage.id,
        func.coalesce(_maybe_accepted, False).label("unclear"),
        Conversation.contact_id,
        Conversation.line,
        Conversation.last_inbound_at,
        Address.id.label("address_id"),
        Address.sealed,
    )
    .join(Conversation, Conversation.id == OutboundMessage.conversation_id)
    .join(Address, Address.id == Conversation.address_id)
    .where(
        OutboundMessage.status.in_(OPEN),
        OutboundMessage.next_attempt_at <= bindparam("moment", type_=MOMENT),
        _rank(OutboundMessage.outbound_class) <= bindparam("worst", type_=Integer),
        ~_before,
    )
    .order_by(_rank(OutboundMessage.outbound_class), OutboundMessage.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=OutboundMessage)
    .cte("due")
)
TAKE = (
    update(OutboundMessage)
    .where(OutboundMessage.id == _due.c.id)
    .values(
        status="sending",
        sending_since=bindparam("moment", type_=MOMENT),
        attempts=OutboundMessage.attempts + 1,
        next_attempt_at=bindparam("unclear_at", type_=MOMENT),
    )
    .returning(
        OutboundMessage.id,
        OutboundMessage.channel,
        OutboundMessage.outbound_class,
        OutboundMessage.sealed_text,
        OutboundMessage.choices,
        OutboundMessage.document_url,
        OutboundMessage.attempts,
        OutboundMessage.created_at,
        *(column for column in _due.c if column.name != "id"),
    )
    .execution_options(synchronize_session=False)
)
_forward = OutboundMessage.status.in_(OPEN)  # a callback may have moved the row already; then it stays
_sent = recordset(id=BigInteger, provider_id=Text, segments=Integer)
SENT = (
    update(OutboundMessage)
    .where(OutboundMessage.id == _sent.c.id)
    .values(
        provider_id=func.coalesce(OutboundMessage.provider_id, _sent.c.provider_id),
        segments=_sent.c.segments,
        sending_since=None,
        next_attempt_at=None,
        error_code=case((_forward, None), else_=OutboundMessage.error_code),
        status=case((_forward, "sent"), else_=OutboundMessage.status),
        status_at=bindparam("moment", type_=MOMENT),
    )
    .execution_options(synchronize_session=False)
)
_failed = recordset(id=BigInteger, status=Text, next_attempt_at=MOMENT, error_code=Text, error_text=Text)
FAILED = (
    update(OutboundMessage)
    .where(OutboundMessage.id == _failed.c.id, _forward)
    .values(
        status=_failed.c.status,
        next_attempt_at=_failed.c.next_attempt_at,
        sending_since=None,
        error_code=_failed.c.error_code,
        error_text=_failed.c.error_text,
        status_at=bindparam("moment", type_=MOMENT),
    )
    .execution_options(synchronize_session=False)
)


@dataclass(frozen=True)
class Parcel:
    """A claimed row with what the channel needs to know."""

    id: int
    contact_id: int
    address_id: int
    channel: str
    outbound: Outbound
    attempts: int
    unclear: bool  # an earlier call may have been accepted
    since: datetime


Sent = tuple[Parcel, Receipt]
Failed = tuple[Parcel, SendError]


async def claim(
    session: AsyncSession, vault: Vault, limit: int, least_urgent: OutboundClass = "campaign"
) -> list[Parcel]:
    """Mark up to `limit` due rows as being sent, as urgent as `least_urgent` or more.

    The caller commits before it calls a provider.
    """
    moment = now()
    asked = {"most": limit, "worst": RANK[least_urgent]}
    rows = await session.execute(TAKE, {"moment": moment, "unclear_at": moment + UNCLEAR_AFTER, **asked})
    return [_parcel(vault, row) for row in sorted(rows, key=lambda row: (RANK[row.outbound_class], row.id))]


def _parcel(vault: Vault, row: Any) -> Parcel:
    outbound = Outbound(
        id=str(row.id),
        to=vault.open(row.sealed),
        line=row.line,
        text=vault.open(row.sealed_text),
        outbound_class=row.outbound_class,
        choices=tuple(Choice(one["title"], one["value"]) for one in row.choices),
        document_url=row.document_url,
        last_inbound_at=row.last_inbound_at,
    )
    return Parcel(
        row.id, row.contact_id, row.address_id, row.channel, outbound, row.attempts, row.unclear, row.created_at
    )


async def settle_sent(session: AsyncSession, sent: Sequence[Sent]) -> None:
    """Keep the provider's ids."""
    rows = [
        {"id": parcel.id, "provider_id": receipt.provider_id or None, "segments": receipt.segments}
        for parcel, receipt in sent
    ]
    if rows:
        await session.execute(SENT, {"given": rows, "moment": now()})


async def settle_failed(session: AsyncSession, failed: Sequence[Failed]) -> None:
    """Try again later, or show it to operators; learn what the error says about the person."""
    if failed:
        await session.execute(FAILED, {"given": [_failure(*one) for one in failed], "moment": now()})
    for parcel, error in failed:
        await _learn(session, parcel, error)


def tried_again(parcel: Parcel, error: SendError) -> bool:
    return (error.retryable or error.maybe_accepted) and parcel.attempts < TRIES


def _failure(parcel: Parcel, error: SendError) -> dict[str, Any]:
    again = tried_again(parcel, error)
    return {
        "id": parcel.id,
        "status": "queued" if again else "failed",
        "next_attempt_at": (now() + _pause(parcel.attempts, error.retry_after)).isoformat() if again else None,
        "error_code": "maybe_accepted" if error.maybe_accepted and again else error.code,
        "error_text": error.message[:300],
    }


def _pause(attempts: int, retry_after: float | None) -> timedelta:
    """Exponential backoff with jitter, never earlier than the provider asks."""
    backoff = min(2.0**attempts, 300.0) * random.uniform(0.5, 1.0)
    return timedelta(seconds=max(backoff, retry_after or 0.0))


async def _learn(session: AsyncSession, parcel: Parcel, error: SendError) -> None:
    if error.effect == "opt_out":
        await opt_out(session, parcel.contact_id, "proveedor", now())
    elif error.effect == "bad_address":
        await mark_bad(session, parcel.address_id, error.code, now())
    elif error.effect == "configuration":
        log.critical("channel refuses our configuration", channel=parcel.channel, code=error.code)
