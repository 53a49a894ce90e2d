"""Finds conversations by folio, telephone or words: only those the searcher may see, only in the redacted copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.contacts.models import Address
from backend.conversations.models import Conversation, InboundMessage, OutboundMessage
from backend.conversations.service import Departments, Row, newest_of
from backend.crypto import Vault
from backend.requests.folio import read_folio
from backend.requests.models import ServiceRequest
from channels.phone import to_e164

By = Literal["folio", "telefono", "palabras"]
MOST = 50
SHORTEST_WORD = 3
RECENT = timedelta(days=90)  # words are looked for message by message, without an index
ACCENTS = ("áéíóúüñ", "aeiouun")


@dataclass(frozen=True)
class Found:
    """The newest conversations, at most MOST, and what the words were taken for."""

    by: By
    rows: tuple[Row, ...]


class TooShort(ValueError):
    """Nothing in it is long enough to look for."""


async def search(session: AsyncSession, vault: Vault, departments: Departments, what: str) -> Found:
    """A whole folio or telephone is looked up as such, anything else as words of one message. Raises TooShort."""
    by, which = _meant(vault, what)
    return Found(by, await newest_of(session, departments, which, MOST))


def _meant(vault: Vault, what: str) -> tuple[By, ColumnElement[bool]]:
    if folio := read_folio(what):
        made = select(ServiceRequest.conversation_id).where(ServiceRequest.folio == folio)
        return "folio", Conversation.id.in_(made)
    if number := to_e164(what):
        return "telefono", Address.fingerprint == vault.fingerprint("twilio_sms", number)
    words = [word for word in what.split() if len(word) >= SHORTEST_WORD]
    if not words:
        raise TooShort(what)
    said = [_saying(table, words) for table in (InboundMessage, OutboundMessage)]
    return "palabras", Conversation.id.in_(union(*said))


def _saying(table: Any, words: list[str]) -> Select[int]:
    at = table.received_at if table is InboundMessage else table.created_at
    said = [func.strpos(_folded(table.redacted_text), _folded(literal(word))) > 0 for word in words]
    return select(table.conversation_id).where(at > now() - RECENT, and_(*said))


def _folded(text: Any) -> Any:
    return func.translate(func.lower(text), *ACCENTS)
