"""Who has the floor: a person takes a conversation, answers, passes it on, gives it back to the assistant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.conversations.models import Conversation
from backend.conversations.outbox import Draft, Office, put
from backend.conversations.service import Departments, visible
from channels.messenger import AGENT_WINDOW

PASSED = "passed"  # the reason that a department reads


class NotAllowed(Exception):
    """The operator does not hold the conversation, or somebody else does; the message is for the operator."""


async def take(session: AsyncSession, conversation_id: int, operator_id: int, departments: Departments) -> None:
    """The operator holds the conversation from now on. Raises NotAllowed where a colleague holds it."""
    taken = await session.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            visible(departments),
            or_(Conversation.operator_id.is_(None), Conversation.operator_id == operator_id),
        )
        .values(
            floor="operator",
            operator_id=operator_id,
            floor_since=now(),
            floor_reason=func.coalesce(Conversation.floor_reason, "tomada por una persona"),
        )
        .returning(Conversation.id)
    )
    if taken.first() is None:
        raise NotAllowed("otra persona tiene esta conversación")


async def hand_to(session: AsyncSession, conversation_id: int, operator_id: int, departments: Departments) -> None:
    """A colleague holds it from now on, whoever held it before. Raises NotAllowed."""
    reason = func.coalesce(Conversation.floor_reason, "asignada por supervisión")
    await _assign(session, conversation_id, departments, operator_id=operator_id, floor_reason=reason)


async def pass_to(session: AsyncSession, conversation_id: int, department: str, departments: Departments) -> None:
    """It waits for a person of a department. Raises NotAllowed."""
    await _assign(session, conversation_id, departments, operator_id=None, department=department, floor_reason=PASSED)


async def _assign(session: AsyncSession, conversation_id: int, departments: Departments, **values: Any) -> None:
    assigned = await session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id, visible(departments))
        .values(floor="operator", floor_since=now(), **values)
        .returning(Conversation.id)
    )
    if assigned is None:
        raise NotAllowed("no ves esta conversación")


async def give_back(session: AsyncSession, office: Office, conversation_id: int, operator_id: int) -> None:
    """The assistant has the floor again, and the citizen is told. Raises NotAllowed where the operator has it not."""
    given = await session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.operator_id == operator_id)
        .values(
            floor="bot", operator_id=None, floor_since=now(), floor_reason=None,
            next_turn_at=now(), wakes=Conversation.wakes + 1,
        )
        .returning(Conversation)
    )  # fmt: skip
    if given is None:
        raise NotAllowed("no tienes esta conversación")
    await put(session, office, given, [Draft(ref={"say": "comun/persona_devuelve"})], operator_id=operator_id)


async def reply_as_operator(
    session: AsyncSession, office: Office, conversation_id: int, operator_id: int, text: str
) -> None:
    """Send the operator's words. Raises NotAllowed where the operator does not hold the conversation."""
    mine = select(Conversation).where(Conversation.id == conversation_id, Conversation.operator_id == operator_id)
    conversation = await session.scalar(mine)
    if conversation is None:
        raise NotAllowed("toma la conversación antes de responder")
    if too_late(conversation.channel, conversation.last_inbound_at):
        raise NotAllowed("Meta ya no permite responder: pasaron 7 días desde su último mensaje")
    words = text.strip()
    if not words:
        raise NotAllowed("escribe una respuesta")
    await put(session, office, conversation, [Draft(text=words, outbound_class="operator")], operator_id=operator_id)


def too_late(channel: str, last_inbound_at: datetime | None) -> bool:
    """Whether not even a person may answer any more."""
    return channel == "messenger" and last_inbound_at is not None and now() - last_inbound_at > AGENT_WINDOW
