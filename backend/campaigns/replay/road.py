"""The whole road in one process: webhooks, turns, campaigns, deliveries, all by one virtual clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import httpx
from sqlalchemy import func, select

from backend.alarms.models import Escalation
from backend.app import create_app
from backend.campaigns.models import Enrolment
from backend.campaigns.replay.in_process import InProcess
from backend.campaigns.replay.street import Street
from backend.campaigns.replay.virtual import VirtualTime, settled
from backend.conversations.models import Conversation, OutboundMessage
from backend.db import Sessions
from backend.flows.runs import open_flows
from backend.lean_client import LeanClient
from backend.office import FrontDesk
from backend.providers import configured_channels
from backend.serving import serving
from backend.settings import Settings
from backend.tasks.bot_client import BotClient
from backend.tasks.deliveries import DeliveryWorker, until_idle
from backend.tasks.flow_turns import FlowTurns
from backend.tasks.pace import Pace
from backend.tasks.rounds import Round, rounds
from backend.tasks.turns import TurnWorker


@dataclass(frozen=True)
class Road:
    """Everything between the women's phones and the bot; it moves when `work` is called."""

    time: VirtualTime
    sessions: Sessions
    desk: FrontDesk
    street: Street
    rounds: tuple[Round, ...]  # campaigns, flows, alarms, appointments
    turns: TurnWorker
    deliveries: DeliveryWorker

    async def work(self) -> None:
        """Everything that is due at this moment, and what comes of it."""
        while await self._pass():
            pass

    async def _pass(self) -> int:
        done = 0
        for run in (*self.rounds, self.turns.run):
            while worked := await run():
                done += worked
        done += await until_idle(self.deliveries)
        await settled(lambda: self.street.under_way, self.time)
        return done

    async def next_due(self) -> datetime | None:
        """When the desk has something to do again, after now."""
        now = self.time()
        open_rows = OutboundMessage.status.in_(("queued", "sending"))
        looks = (
            select(func.min(Enrolment.next_at)).where(Enrolment.status == "active", Enrolment.next_at > now),
            select(func.min(OutboundMessage.next_attempt_at)).where(open_rows, OutboundMessage.next_attempt_at > now),
            select(func.min(Conversation.next_turn_at)).where(Conversation.next_turn_at > now),
            *(
                select(func.min(moment)).where(moment > now)
                for moment in (Escalation.next_ring_at, Escalation.tell_at, Escalation.follow_up_at)
            ),
        )
        async with self.sessions() as session:
            moments = [await session.scalar(look) for look in looks]
        return min((moment for moment in moments if moment), default=None)


@asynccontextmanager
async def open_road(
    settings: Settings,
    desk: FrontDesk,
    make_street: Callable[[httpx.AsyncClient], Street],
    time: VirtualTime,
    api_port: int,
) -> AsyncIterator[Road]:
    """Put the parts together; `api_port` is where the bot's actions find the desk. Takes them apart again."""
    app = create_app(settings, desk=desk)
    state = app.state
    state.door.hurry()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(state.engine.dispose)
        stack.push_async_callback(state.redis.aclose)
        inside = await stack.enter_async_context(InProcess(app))  # both ways: to the desk and to its provider
        street = make_street(inside)
        state.simulator = await stack.enter_async_context(street)
        to_bots = await stack.enter_async_context(LeanClient(8, timeout=60))
        await stack.enter_async_context(serving(app, api_port))
        bot = BotClient(settings.bot_urls, settings.actions_token.get_secret_value(), to_bots)
        flows = open_flows(desk)
        yield Road(
            time,
            state.sessions,
            desk,
            street,
            rounds(desk, state.sessions, state.queue, flows),
            TurnWorker(desk, state.sessions, bot, state.queue, FlowTurns(flows, state.sessions)),
            DeliveryWorker(desk, state.sessions, configured_channels(settings), inside, Pace(state.redis)),
        )
