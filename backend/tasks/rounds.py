"""What is due by the clock, looked after every second: campaigns, flows, alarms, appointments, people's silence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.escalation import ring_due
from backend.alarms.mail import Mailer, send_mails
from backend.appointments.reminders import remind_due
from backend.campaigns.life import end_losses, hold_silent
from backend.campaigns.scheduler import Scheduler
from backend.clock import now
from backend.contacts.forgetting import forget_due
from backend.db import Sessions
from backend.flows.runs import FlowDesk, FlowWorker
from backend.office import FrontDesk
from backend.tasks.queue import Waking

Round = Callable[[], Awaitable[int]]
Due = Callable[[AsyncSession, FrontDesk, datetime], Awaitable[int]]


def rounds(desk: FrontDesk, sessions: Sessions, queue: Waking, flow_desk: FlowDesk) -> tuple[Round, ...]:
    """Each answers how much it did; any number of processes may make them."""

    def in_one_transaction(due: Due) -> Round:
        async def go() -> int:
            async with sessions.begin() as session:
                return await due(session, desk, now())

        return go

    async def mails() -> int:
        return await send_mails(sessions, desk.vault, Mailer(desk.settings.smtp)) if desk.settings.smtp.host else 0

    async def silence() -> int:
        async with sessions.begin() as session:
            return await hold_silent(session, flow_desk, now()) + await end_losses(session, now())

    def waking(work: Round) -> Round:
        async def go() -> int:
            done = await work()
            if done:
                await queue.wake("deliveries")
            return done

        return go

    return (
        *(waking(in_one_transaction(due)) for due in (ring_due, remind_due)),
        in_one_transaction(forget_due),
        waking(Scheduler(desk, sessions, flow_desk).run),
        waking(FlowWorker(flow_desk, sessions).run),
        silence,
        mails,
    )
