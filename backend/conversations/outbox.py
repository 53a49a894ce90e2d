"""Put words into the outbox: rendered from the content store, encrypted, each row once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.content.service import Content, Rendered, Shelf
from backend.conversations.models import Conversation, OutboundMessage
from backend.crypto import Vault
from backend.privacy.redact import redact
from channels.text import split

LONGEST: Mapping[str, int] = {"twilio_sms": 1500, "messenger": 1900}
ONCE = insert(OutboundMessage).on_conflict_do_nothing(constraint="uq_outbound_inbound_n")


@dataclass(frozen=True)
class Draft:
    """Something to say: a reference into the content store, or words."""

    ref: Mapping[str, Any] | None = None
    text: str = ""
    options: tuple[Mapping[str, str], ...] = ()
    document: str | None = None
    outbound_class: str = "reply"
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Letter:
    """What is said to one person at one time: in answer to an inbound message, by an operator, or unasked."""

    conversation: Conversation
    drafts: Sequence[Draft]
    inbound_id: int | None = None
    operator_id: int | None = None


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
    operator_id: int | None = None,
) -> None:
    """Write one letter. Raises UnknownText."""
    await put_all(session, office, [Letter(conversation, drafts, inbound_id, operator_id)])


async def put_all(session: AsyncSession, office: Office, letters: Sequence[Letter]) -> None:
    """Write drafts as queued rows, unique on (inbound, n). A long text becomes several rows. Raises UnknownText."""
    refs = [draft.ref for letter in letters for draft in letter.drafts]
    shelf = await office.content.shelf(session, refs, office.jurisdiction)
    rows = [row for letter in letters for row in _rows(office, shelf, letter)]
    if rows:
        await session.execute(ONCE, rows)
    await shelf.count_misses(session)


def _rows(office: Office, shelf: Shelf, letter: Letter) -> Iterator[dict[str, Any]]:
    n = 0
    for draft in letter.drafts:
        channel = letter.conversation.channel
        rendered = shelf.render(draft.ref, draft.text, draft.options, channel, draft.params)
        parts = split(rendered.text, _room(channel, draft, rendered)) or [""]
        for part in parts[:-1]:
            yield _row(office, letter, draft, part, n)
            n += 1
        below = {"choices": [dict(option) for option in rendered.options], "document_url": draft.document}
        yield _row(office, letter, draft, parts[-1], n) | below
        n += 1


def _room(channel: str, draft: Draft, rendered: Rendered) -> int:
    """Characters of text that leave room for the options and the link that the channel writes below."""
    below = sum(len(option["title"]) + 4 for option in rendered.options) + len(draft.document or "")
    return max(160, LONGEST[channel] - below)


def _row(office: Office, letter: Letter, draft: Draft, part: str, n: int) -> dict[str, Any]:
    moment = now()
    return {
        "conversation_id": letter.conversation.id,
        "inbound_id": letter.inbound_id,
        "n": n,
        "channel": letter.conversation.channel,
        "outbound_class": draft.outbound_class,
        "ref": dict(draft.ref) if draft.ref else None,
        "sealed_text": office.vault.seal(part),
        "redacted_text": redact(part, office.content.public_numbers)[:2000],
        "choices": [],
        "document_url": None,
        "operator_id": letter.operator_id,
        "created_at": moment,
        "next_attempt_at": moment,
        "status": "queued",
    }
