"""Put words into the outbox: rendered from the content store, encrypted, each row once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.content.service import Content, Rendered
from backend.conversations.models import Conversation, OutboundMessage
from backend.crypto import Vault
from backend.privacy.redact import redact
from channels.text import split

LONGEST: Mapping[str, int] = {"twilio_sms": 1500, "messenger": 1900}


@dataclass(frozen=True)
class Draft:
    """Something to say: a reference into the content store, or words."""

    ref: Mapping[str, Any] | None = None
    text: str = ""
    options: tuple[Mapping[str, str], ...] = ()
    document: str | None = None
    outbound_class: str = "reply"
    params: Mapping[str, Any] = field(default_factory=dict)


class Office(Protocol):
    """What putting words into the outbox needs: the keys and the texts."""

    @property
    def vault(self) -> Vault: ...
    @property
    def content(self) -> Content: ...
    @property
    def jurisdiction(self) -> str: ...


async def put(
    session: AsyncSession,
    office: Office,
    conversation: Conversation,
    drafts: Sequence[Draft],
    inbound_id: int | None = None,
    first: int = 0,
    operator_id: int | None = None,
) -> int:
    """Write drafts as queued rows, unique on (inbound, n); answers how many. A long text becomes several rows."""
    n = first
    for draft in drafts:
        rendered = await office.content.render(
            session, draft.ref, draft.text, draft.options, conversation.channel, office.jurisdiction, draft.params
        )
        parts = split(rendered.text, _room(conversation.channel, draft, rendered)) or [""]
        for place, part in enumerate(parts):
            last = place == len(parts) - 1
            await _insert(session, office, conversation, draft, rendered, part, last, inbound_id, n, operator_id)
            n += 1
    return n - first


def _room(channel: str, draft: Draft, rendered: Rendered) -> int:
    """Characters of text that leave room for the options and the link that the channel writes below."""
    below = sum(len(option["title"]) + 4 for option in rendered.options) + len(draft.document or "")
    return max(160, LONGEST[channel] - below)


async def _insert(
    session: AsyncSession,
    office: Office,
    conversation: Conversation,
    draft: Draft,
    rendered: Rendered,
    part: str,
    last: bool,
    inbound_id: int | None,
    n: int,
    operator_id: int | None,
) -> None:
    await session.execute(
        insert(OutboundMessage)
        .values(
            conversation_id=conversation.id,
            inbound_id=inbound_id,
            n=n,
            channel=conversation.channel,
            outbound_class=draft.outbound_class,
            ref=dict(draft.ref) if draft.ref else None,
            sealed_text=office.vault.seal(part),
            redacted_text=redact(part, office.content.public_numbers)[:2000],
            choices=[dict(option) for option in rendered.options] if last else [],
            document_url=draft.document if last else None,
            operator_id=operator_id,
            created_at=now(),
            next_attempt_at=now(),
            status="queued",
        )
        .on_conflict_do_nothing(constraint="uq_outbound_inbound_n")
    )
