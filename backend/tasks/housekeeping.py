"""What is thrown away when its time is over; the times stand with each table."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy import delete

from backend.alarms.models import StaffMail
from backend.clock import now
from backend.conversations.models import WebhookRejection
from backend.db import Sessions
from backend.requests.models import IdempotentCall

log = structlog.get_logger()
KEPT = timedelta(days=90)
OPERATIONAL = (
    (WebhookRejection, WebhookRejection.at),
    (IdempotentCall, IdempotentCall.created_at),
    (StaffMail, StaffMail.created_at),
)


async def tidy_once(sessions: Sessions) -> int:
    """Delete operational rows older than 90 days; answers how many."""
    gone = 0
    async with sessions.begin() as session:
        for table, moment in OPERATIONAL:
            result = await session.execute(delete(table).where(moment < now() - KEPT).returning(moment))
            gone += len(result.all())
    return gone


async def tidy(sessions: Sessions, every: float) -> None:
    """Tidy now and then, for as long as the process lives."""
    while True:
        try:
            gone = await tidy_once(sessions)
            log.info("tidied", rows=gone)
        except Exception as error:
            log.warning("tidying failed", error=type(error).__name__)
        await asyncio.sleep(every)
