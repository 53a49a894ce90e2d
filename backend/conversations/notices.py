"""Say what nobody asked for, once: words from the store, and the question that goes with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.contacts.household import addressed
from backend.conversations.models import Conversation, OutboundMessage
from backend.conversations.outbox import Draft
from backend.office import FrontDesk
from backend.privacy.redact import redact
from bot.packs.load import COMMON

ONCE = (
    insert(OutboundMessage)
    .on_conflict_do_nothing(index_elements=["campaign_key"], index_where=OutboundMessage.campaign_key.is_not(None))
    .returning(OutboundMessage.campaign_key)
)
OURS = "notice"  # marks, in `Conversation.expect`, a question that the bot did not ask


@dataclass(frozen=True)
class Notice:
    """One thing to say to one person; `key` is unique for ever, `say` is one of `bot.packs.notices`."""

    conversation: Conversation
    key: str
    say: str
    service: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    outbound_class: Literal["notice", "alarm"] = "notice"
    until: datetime | None = None  # not worth sending any later
    to: str = ""  # the name of whom it is for, where several share the telephone


@dataclass(frozen=True)
class Heard:
    """A message that may answer a notice. `form_open`: the bot waits for an answer of its own."""

    inbound_id: int
    conversation_id: int
    contact_id: int
    text: str
    form_open: bool


@dataclass(frozen=True)
class Answer:
    """A message that did: what is said to it, and what was decided, for the thread's evidence."""

    inbound_id: int
    draft: Draft
    decision: str


def words_of(desk: FrontDesk, service: str, say: str) -> dict[str, Any]:
    """Where the words of a notice stand: the service's own, or those that all share."""
    own = (f"{pack.id}/{say}" for pack in desk.catalogue.packs.values() if pack.service == service)
    return {"say": next((key for key in own if key in desk.catalogue.answers), f"{COMMON}/{say}")}


def in_answer(desk: FrontDesk, heard: Heard, service: str, say: str, decision: str, **params: str) -> Answer:
    return Answer(heard.inbound_id, Draft(ref=words_of(desk, service, say), params=params), decision)


async def tell(session: AsyncSession, desk: FrontDesk, notices: Sequence[Notice]) -> set[str]:
    """Queue notices; answers the keys of those that nobody had queued before. Raises UnknownText."""
    if not notices:
        return set()
    refs = [words_of(desk, one.service, one.say) for one in notices]
    shelf = await desk.content.shelf(session, refs, desk.jurisdiction)
    rows = []
    for one, ref in zip(notices, refs, strict=True):
        rendered = shelf.render(ref, "", (), one.conversation.channel, one.params)
        until = {"until": one.until.isoformat()} if one.until else {}
        rows.append(_row(desk, one, {**ref, **until}, addressed(rendered.text, one.to)))
    return {key for key in await session.scalars(ONCE, rows) if key is not None}


def _row(desk: FrontDesk, one: Notice, ref: Mapping[str, Any], text: str) -> dict[str, Any]:
    moment = now()
    return {
        "conversation_id": one.conversation.id,
        "campaign_key": one.key,
        "channel": one.conversation.channel,
        "outbound_class": one.outbound_class,
        "ref": dict(ref),
        "sealed_text": desk.vault.seal(text),
        "redacted_text": redact(text, desk.content.public_numbers)[:2000],
        "created_at": moment,
        "next_attempt_at": moment,
        "status": "queued",
    }


async def expect(session: AsyncSession, conversation_id: int, kind: str, until: datetime) -> None:
    """Let the next message be read as an answer of this kind (`yes_no`, `date`, `number`), unless a form waits."""
    free = or_(Conversation.expect.is_(None), Conversation.expect_until < now(), Conversation.expect[OURS].is_not(None))
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.floor == "bot", free)
        .values(expect={"type": kind, "options": [], OURS: True}, expect_until=until)
        .execution_options(synchronize_session=False)
    )


async def expect_nothing(session: AsyncSession, conversation_id: int) -> None:
    """The question of a notice is answered."""
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.expect[OURS].is_not(None))
        .values(expect=None, expect_until=None)
        .execution_options(synchronize_session=False)
    )
