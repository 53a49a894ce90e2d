"""From what a provider delivered to rows; safety reads every message before anything else does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, literal, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

import bot.safety
from backend.clock import now
from backend.contacts.forgetting import answer_wish
from backend.contacts.service import opt_in, opt_out
from backend.content.service import Content
from backend.conversations.alarms import raise_alarm
from backend.conversations.lines import conversations_of, place_of
from backend.conversations.models import Conversation, InboundMessage
from backend.conversations.outbox import Draft, put
from backend.crypto import Vault
from backend.flows.leaving import ask_why
from backend.privacy.redact import redact_answer
from channels.base import Inbound

OPERATOR_ECHO = "alguien respondió desde la bandeja de la página"
NOT_FOR_US = ("echo", "standby", "help")  # of somebody else, or answered by the provider
ONCE = (
    insert(InboundMessage)
    .on_conflict_do_nothing(constraint="uq_inbound_channel_provider_id")
    .returning(InboundMessage.id, InboundMessage.channel, InboundMessage.provider_id)
)


@dataclass(frozen=True)
class Arrival:
    """A message with what safety reads in it."""

    message: Inbound
    readings: tuple[bot.safety.Reading, ...] = ()

    @classmethod
    def of(cls, message: Inbound) -> Arrival:
        read = bool(message.text) and message.kind not in NOT_FOR_US
        return cls(message, bot.safety.read_all(message.text) if read else ())

    def answering(self, expect: Mapping[str, Any] | None) -> Arrival:
        """The same where a place or a description was asked for: what leaks there is a pipe."""
        if self.danger is None or (expect or {}).get("type") not in bot.safety.DESCRIBED:
            return self
        return replace(self, readings=bot.safety.read_all(self.message.text, describes=True))

    @property
    def key(self) -> tuple[str, str]:
        return self.message.channel, self.message.provider_id

    @property
    def danger(self) -> bot.safety.Reading | None:
        return next((reading for reading in self.readings if reading.danger), None)


New = tuple[int, Arrival, Conversation]  # a row that was not there, and what it is of


@dataclass(frozen=True)
class Taken:
    """Of each channel, how many messages are new and how many were known; in how many somebody is in danger."""

    new: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    alarms: int = 0


@dataclass(frozen=True)
class Intake:
    """Stores inbound messages; one per application, no state of its own."""

    vault: Vault
    content: Content
    jurisdiction: str
    department: Callable[[str], str | None]  # whose matter an intent is

    async def take(self, session: AsyncSession, arrivals: Sequence[Arrival]) -> Taken:
        """Store messages in their order, in the caller's transaction."""
        messages = [arrival.message for arrival in arrivals]
        places = await conversations_of(session, self.vault, messages, self.jurisdiction)
        found = [(arrival, places[place_of(arrival.message)]) for arrival in arrivals]
        new = await self._insert(session, found)
        waking = {one.id for row_id, arrival, one in new if not await self._read_first(session, row_id, arrival, one)}
        heard = {one.id for _, arrival, one in new if arrival.message.kind != "echo"}
        await _change(session, heard - waking, last_inbound_at=now())
        # `wakes` changes, so that a worker that is just ending notices
        await _change(session, waking, next_turn_at=now(), wakes=Conversation.wakes + 1, last_inbound_at=now())
        counted = Counter(arrival.message.channel for _, arrival, _ in new)
        alarms = sum(arrival.danger is not None for _, arrival, _ in new)
        return Taken(counted, Counter(message.channel for message in messages) - counted, alarms)

    async def _insert(self, session: AsyncSession, found: Sequence[tuple[Arrival, Conversation]]) -> list[New]:
        """One row for each message that is not known yet; answers those."""
        rows = [self._row(arrival.message, conversation) for arrival, conversation in found]
        ids = {(channel, name): row_id for row_id, channel, name in await session.execute(ONCE, rows)}
        return [(ids.pop(arrival.key), arrival, conversation) for arrival, conversation in found if arrival.key in ids]

    def _row(self, message: Inbound, conversation: Conversation) -> dict[str, Any]:
        asked = (conversation.expect or {}).get("type")
        return {
            "conversation_id": conversation.id,
            "channel": message.channel,
            "provider_id": message.provider_id,
            "received_at": now(),
            "sent_at": message.sent_at,
            "kind": message.kind,
            "sealed_text": self.vault.seal(message.text),
            "redacted_text": redact_answer(message.text, asked)[:2000],
            "extra": _extra(message),
            "status": "pending",
        }

    async def _read_first(
        self, session: AsyncSession, row_id: int, arrival: Arrival, conversation: Conversation
    ) -> bool:
        """Do what cannot wait for a turn; False where there is nothing such."""
        arrival = arrival.answering(conversation.expect)
        message, danger, leaving = arrival.message, arrival.danger, _leaving(arrival, conversation)
        if message.kind not in NOT_FOR_US and danger is None and leaving is None:
            return await answer_wish(session, self, conversation, row_id, message.text, now())
        row = await session.get_one(InboundMessage, row_id)
        if message.kind == "help":
            row.status, row.handled_by, row.handled_at = "done", "channel", now()
        elif message.kind in NOT_FOR_US:
            await _leave_to_operator(session, row, conversation, message)
        if leaving is not None:
            await self._leave(session, message, row, conversation, leaving)
        if danger is not None:
            await raise_alarm(session, self, row, conversation, danger, self.department(danger.intent))
        return True

    async def _leave(
        self, session: AsyncSession, message: Inbound, row: InboundMessage, conversation: Conversation, leaving: bool
    ) -> None:
        """Opt-out and opt-in take effect at once; where the provider answered the person, we do not."""
        at = now()
        changed = (
            await opt_out(session, conversation.contact_id, "proveedor" if message.kind == "opt_out" else "palabra", at)
            if leaving
            else await opt_in(session, conversation.contact_id)
        )
        if leaving and changed and message.kind == "text":
            await ask_why(session, conversation, at)
        if message.kind == "text":
            key = "comun/baja" if leaving else "comun/alta_de_nuevo"
            await put(session, self, conversation, [Draft(ref={"say": key})], inbound_id=row.id)
        row.status, row.handled_by, row.handled_at = "done", "safety", at
        row.evidence = {
            "intent": "comun.baja" if leaving else "comun.alta_de_nuevo",
            "decision": "safety",
            "changed": changed,
        }


def _leaving(arrival: Arrival, conversation: Conversation) -> bool | None:
    """True: leaves; False: comes back; None: neither. CANCELA alone ends only a question, or the wait for a person."""
    if arrival.message.kind in ("opt_out", "opt_in"):
        return arrival.message.kind == "opt_out"
    for reading in arrival.readings:
        if reading.kind == "opt_out" and not (reading.sign == "cancela" and _under_way(conversation)):
            return True
        if reading.kind == "opt_in":
            return False
    return None


def _under_way(conversation: Conversation) -> bool:
    return bool(conversation.expect) or conversation.floor == "operator"


def _extra(message: Inbound) -> dict[str, Any]:
    extra: dict[str, Any] = {
        "choice": message.choice,
        "location": message.location,
        "attachments": [{"kind": a.kind, "url": a.url, "content_type": a.content_type} for a in message.attachments],
        "note": message.note,
    }
    return {key: value for key, value in extra.items() if value}


async def _change(session: AsyncSession, conversations: Collection[int], **values: Any) -> None:
    if conversations:
        await session.execute(
            update(Conversation)
            .where(Conversation.id == any_(literal(list(conversations), ARRAY(BigInteger))))
            .values(**values)
            .execution_options(synchronize_session=False)
        )


async def _leave_to_operator(
    session: AsyncSession, row: InboundMessage, conversation: Conversation, message: Inbound
) -> None:
    """Another app or a person holds the thread: keep the message, stay silent."""
    row.status, row.handled_by, row.handled_at = "operator", "channel", now()
    if message.kind == "echo":
        await _change(session, [conversation.id], floor="operator", floor_reason=OPERATOR_ECHO, floor_since=now())
