"""Status callbacks: what became of our messages. A row moves forward only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import ARRAY, BigInteger, Row, Text, any_, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.contacts.models import Address
from backend.contacts.service import mark_bad, opt_out
from backend.conversations.models import Conversation, OutboundMessage
from backend.crypto import Vault
from backend.db import recordset
from channels.base import STATUS_RANK, StatusUpdate

Named = tuple[int, StatusUpdate]  # the id of an outbound row, and what is said of it
ID_DIGITS = 18  # more are no id of ours


async def apply_updates(session: AsyncSession, vault: Vault, updates: Sequence[StatusUpdate]) -> int:
    """Move the rows that the updates speak of, each once, as far as the updates say; answers how many moved."""
    named = await _named(session, vault, updates)
    rows = await _locked(session, {row_id for row_id, _ in named})
    told = [(row_id, update) for row_id, update in named if row_id in rows and rows[row_id].channel == update.channel]
    moves: dict[int, StatusUpdate] = {}
    for row_id, one in told:
        reached = moves[row_id].status if row_id in moves else rows[row_id].status
        if STATUS_RANK.get(one.status, -1) > STATUS_RANK.get(reached, 0):
            moves[row_id] = one
    await _move(session, moves)
    unnamed = {row_id: one.provider_id for row_id, one in told if not rows[row_id].provider_id and one.provider_id}
    await _name(session, {row_id: name for row_id, name in unnamed.items() if row_id not in moves})
    for row_id, one in moves.items():
        await _learn(session, rows[row_id].conversation_id, one)
    return len(moves)


async def _named(session: AsyncSession, vault: Vault, updates: Sequence[StatusUpdate]) -> list[Named]:
    """Which rows the updates speak of: by our id, else by the provider's, else all that a person has read."""
    named: list[Named] = []
    for one in updates:
        if one.own_id and one.own_id.isascii() and one.own_id.isdigit():
            named += [(int(one.own_id), one)] if len(one.own_id) <= ID_DIGITS else []
        elif one.provider_id:
            named += [(row_id, one) for row_id in await _of_provider(session, one)]
        else:
            named += [(row_id, one) for row_id in await _read(session, vault, one)]
    return named


async def _of_provider(session: AsyncSession, one: StatusUpdate) -> Iterable[int]:
    return await session.scalars(
        select(OutboundMessage.id).where(
            OutboundMessage.channel == one.channel, OutboundMessage.provider_id == one.provider_id
        )
    )


async def _read(session: AsyncSession, vault: Vault, one: StatusUpdate) -> Iterable[int]:
    if one.watermark is None or one.recipient is None:
        return []
    return await session.scalars(
        select(OutboundMessage.id)
        .join(Conversation, Conversation.id == OutboundMessage.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .where(Address.channel == one.channel, Address.fingerprint == vault.fingerprint(one.channel, one.recipient))
        .where(OutboundMessage.created_at <= one.watermark, OutboundMessage.status.in_(("sent", "delivered")))
    )


async def _locked(session: AsyncSession, ids: Iterable[int]) -> dict[int, Row[int, int, str, str, str | None]]:
    """The rows as they are now, locked in the order of their ids, so that nobody waits in a circle."""
    rows = await session.execute(
        select(
            OutboundMessage.id,
            OutboundMessage.conversation_id,
            OutboundMessage.channel,
            OutboundMessage.status,
            OutboundMessage.provider_id,
        )
        .where(OutboundMessage.id == any_(literal(list(ids), ARRAY(BigInteger))))
        .order_by(OutboundMessage.id)
        .with_for_update(key_share=True)
    )
    return {row.id: row for row in rows}


async def _move(session: AsyncSession, moves: Mapping[int, StatusUpdate]) -> None:
    if not moves:
        return
    given = recordset(
        [
            {"id": row_id, "status": one.status, "provider_id": one.provider_id or None, "error_code": one.error_code}
            for row_id, one in moves.items()
        ],
        id=BigInteger,
        status=Text,
        provider_id=Text,
        error_code=Text,
    )
    await session.execute(
        update(OutboundMessage)
        .where(OutboundMessage.id == given.c.id)
        .values(
            status=given.c.status,
            status_at=now(),
            provider_id=func.coalesce(OutboundMessage.provider_id, given.c.provider_id),
            next_attempt_at=None,
            sending_since=None,
            error_code=func.coalesce(given.c.error_code, OutboundMessage.error_code),
        )
        .execution_options(synchronize_session=False)
    )


async def _name(session: AsyncSession, names: Mapping[int, str]) -> None:
    """Keep the provider's ids where a callback brings them before the answer to our call."""
    if names:
        await session.execute(
            update(OutboundMessage), [{"id": one, "provider_id": name} for one, name in names.items()]
        )


async def _learn(session: AsyncSession, conversation_id: int, one: StatusUpdate) -> None:
    if one.effect not in ("opt_out", "bad_address"):
        return
    conversation = await session.get_one(Conversation, conversation_id)
    if one.effect == "opt_out":
        await opt_out(session, conversation.contact_id, "proveedor", now())
    else:
        await mark_bad(session, conversation.address_id, one.error_code or "", now())
