"""Whoever waits longer than usual sees that an answer is on its way, where the channel can show it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import httpx
import structlog
from sqlalchemy import select

from backend.contacts.models import Address
from backend.conversations.models import Conversation
from backend.crypto import Vault
from backend.db import Sessions
from channels.base import Channel, Outbound

log = structlog.get_logger()
USUAL = 1.0  # seconds
MOST = 8  # a larger batch is a busy hour, when the provider's rate belongs to the answers
CAN_SHOW = ("messenger",)


@dataclass(frozen=True)
class TypingSigns:
    """Best effort: nothing waits for it, nothing is stored of it."""

    sessions: Sessions
    vault: Vault
    channels: Mapping[str, Channel]
    http: httpx.AsyncClient

    @contextlib.asynccontextmanager
    async def while_waiting(self, conversations: Sequence[Conversation]) -> AsyncIterator[None]:
        """Show it to these people if what is inside takes longer than usual."""
        waiting = [one.id for one in conversations if one.channel in CAN_SHOW and one.channel in self.channels]
        showing = asyncio.create_task(self._show(waiting)) if 0 < len(waiting) <= MOST else None
        try:
            yield
        finally:
            if showing:
                showing.cancel()

    async def _show(self, waiting: Sequence[int]) -> None:
        await asyncio.sleep(USUAL)
        query = (
            select(Conversation.id, Conversation.channel, Conversation.line, Address.sealed)
            .join(Address, Address.id == Conversation.address_id)
            .where(Conversation.id.in_(waiting))
        )
        try:
            async with self.sessions() as session:
                rows = (await session.execute(query)).all()
            signs = [(row.channel, Outbound(str(row.id), self.vault.open(row.sealed), row.line, "")) for row in rows]
            await asyncio.gather(*(self.channels[channel].typing(sign, self.http) for channel, sign in signs))
        except Exception as error:
            log.info("typing not shown", conversations=len(waiting), error=f"{type(error).__name__}: {error}"[:200])
