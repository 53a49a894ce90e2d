"""Create what a conversation asks for, once, and look it up again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.conversations.models import Conversation
from backend.crypto import Vault
from backend.requests.folio import new_folio, read_folio
from backend.requests.models import IdempotentCall, ServiceRequest

STATUS_TEXTS = {
    "recibido": "recibido, todavía sin asignar",
    "canalizado": "canalizado al área que lo atiende",
    "en_proceso": "en proceso",
    "atendido": "atendido",
    "no_procede": "cerrado: no procede",
    "cancelado": "cancelado",
}


@dataclass(frozen=True)
class NewRequest:
    """What an action asks to be created."""

    conversation: int
    kind: str
    form: str
    service: str
    department: str
    fields: dict[str, Any]
    tramite: str | None = None
    tipo_reporte: str | None = None


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


class UnknownConversation(Exception):
    """The call names a conversation that does not exist."""


class KeyReused(Exception):
    """The same Idempotency-Key came with another body."""


async def create(session: AsyncSession, vault: Vault, wanted: NewRequest, key: str, prefix: str) -> Answer:
    """Make the request under a folio, or answer what this key made before. Effect and key share one transaction."""
    digest = hashlib.sha256(orjson.dumps(wanted, option=orjson.OPT_SORT_KEYS)).hexdigest()
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": key})
    known = await session.get(IdempotentCall, key)
    if known is not None:
        if known.digest != digest:
            raise KeyReused(key)
        return Answer(200, known.answer)
    made = await _insert(session, vault, wanted, prefix)
    answer = described(made)
    session.add(IdempotentCall(key=key, digest=digest, status=201, answer=answer))
    return Answer(201, answer)


async def _insert(session: AsyncSession, vault: Vault, wanted: NewRequest, prefix: str) -> ServiceRequest:
    conversation = await session.get(Conversation, wanted.conversation)
    if conversation is None:
        raise UnknownConversation(str(wanted.conversation))
    row = ServiceRequest(
        folio=new_folio(prefix),
        kind=wanted.kind,
        form=wanted.form,
        service=wanted.service,
        department=wanted.department,
        tramite=wanted.tramite,
        tipo_reporte=wanted.tipo_reporte,
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        sealed_fields=vault.seal(json.dumps(wanted.fields, ensure_ascii=False)),
        status="recibido",
        created_at=now(),
        updated_at=now(),
    )
    session.add(row)
    await session.flush()
    return row


async def stored(session: AsyncSession, folio: str) -> ServiceRequest:
    """The request under an exact folio, which exists."""
    return (await session.scalars(select(ServiceRequest).where(ServiceRequest.folio == folio))).one()


async def look_up(session: AsyncSession, folio: str, conversation: int) -> dict[str, Any] | None:
    """The state of a folio. Reports are public by folio; anything personal only answers the person who made it."""
    exact = read_folio(folio)
    if exact is None:
        return None
    row = await session.scalar(select(ServiceRequest).where(ServiceRequest.folio == exact))
    if row is None:
        return None
    if row.kind != "report" and not await _same_person(session, row, conversation):
        return None
    return described(row)


async def _same_person(session: AsyncSession, row: ServiceRequest, conversation: int) -> bool:
    asking = await session.get(Conversation, conversation)
    return asking is not None and asking.contact_id == row.contact_id


def described(row: ServiceRequest) -> dict[str, Any]:
    updated: datetime = row.updated_at
    return {
        "folio": row.folio,
        "kind": row.kind,
        "status": row.status,
        "status_text": STATUS_TEXTS.get(row.status, row.status),
        "updated_at": updated.isoformat(),
    }
