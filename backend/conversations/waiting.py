"""Whoever writes while no person has taken her conversation yet hears that it waits, and when somebody is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.conversations.intake import OPERATOR_ECHO
from backend.conversations.models import Conversation, OutboundMessage
from backend.conversations.outbox import Draft
from backend.office import FrontDesk

AGAIN_AFTER = timedelta(minutes=10)
WITH_HOURS, WITHOUT_HOURS = "comun/espera_horario", "comun/espera_persona"


def waits(conversation: Conversation) -> bool:
    """Whether it is in the operators' queue: whoever answers from the page's own inbox has taken it."""
    untaken = conversation.floor == "operator" and conversation.operator_id is None
    return untaken and conversation.floor_reason != OPERATOR_ECHO


async def told_lately(session: AsyncSession, conversations: Sequence[Conversation], moment: datetime) -> set[int]:
    """The waiting ones among these whose person has just heard that she waits."""
    waiting = [one.id for one in conversations if waits(one)]
    if not waiting:
        return set()
    told = await session.scalars(
        select(OutboundMessage.conversation_id).where(
            OutboundMessage.conversation_id.in_(waiting),
            OutboundMessage.created_at > moment - AGAIN_AFTER,
            OutboundMessage.ref["say"].astext.in_((WITH_HOURS, WITHOUT_HOURS)),
        )
    )
    return set(told)


def still_waiting(desk: FrontDesk, conversation: Conversation) -> Draft:
    """That she waits, with the hours of the department's first office where they are known."""
    department = conversation.department or desk.reception
    offices = (office for office in desk.government.offices if department in office.departments)
    hours = next((office.hours for office in offices if office.hours), None)
    return Draft(ref={"say": WITH_HOURS}, params={"horario": hours}) if hours else Draft(ref={"say": WITHOUT_HOURS})
