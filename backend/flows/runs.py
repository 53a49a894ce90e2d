"""Runs as rows: begun when the conversation is free, woken when their time comes, ended when somebody leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Select, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns import life
from backend.campaigns.scheduler import FlowStart
from backend.clock import now
from backend.contacts.household import addressed
from backend.contacts.models import Contact as Person
from backend.conversations.models import Conversation, InboundMessage
from backend.conversations.outbox import Letter, put_all
from backend.db import Sessions
from backend.experiments.outcomes import surveyed
from backend.flows import effects as made
from backend.flows.carrying_out import FLOW_WAITS, Turn, carry_out
from backend.flows.interpreter import Outcome, advance, interrupt, start
from backend.flows.keywords import Keyword, read_keywords
from backend.flows.load import load_flows
from backend.flows.model import Flow
from backend.flows.models import FlowRun
from backend.flows.people import worlds
from backend.flows.state import Message, Response, Run, Tick, World
from backend.office import FrontDesk
from bot.packs.yaml_file import PackError

log = structlog.get_logger()
BATCH = 64
AGAIN = timedelta(minutes=5)  # until a conversation that is not free is looked at again
MOST_REQUESTS = 20  # for one event
NO_ANSWER = Response(0)  # an installation asks no other system on behalf of a flow
IMPORTED = "imported"  # folder of the installation that holds what was imported, as folders of packs


@dataclass(frozen=True)
class FlowDesk:
    """All flows of the installation, and what playing them needs. One per process."""

    desk: FrontDesk
    flows: Mapping[str, Flow]
    keywords: tuple[Keyword, ...] = ()

    async def start(self, session: AsyncSession, starts: Sequence[FlowStart]) -> None:
        """Queue runs; the same `key` only once."""
        moment = now()
        rows = [
            {
                "flow": one.flow,
                "contact_id": one.contact_id,
                "conversation_id": one.conversation_id,
                "key": one.key,
                "created_at": moment,
                "wakes_at": moment,
                "begin_by": moment + FLOW_WAITS,
            }
            for one in starts
        ]
        if rows:
            await session.execute(insert(FlowRun).on_conflict_do_nothing(index_elements=["key"]), rows)

    def state_of(self, row: FlowRun) -> Run:
        """Raises ValueError for a state that this version does not know."""
        return Run.from_json(json.loads(self.desk.vault.open(row.sealed_state or "")))

    async def begin(self, session: AsyncSession, row: FlowRun, turn: Turn, message: Message | None = None) -> None:
        """Say the first words of a run; `message` is what began it."""
        row.status = "active"
        params = json.loads(self.desk.vault.open(row.sealed_state)) if row.sealed_state else None
        await self.settle(session, row, turn, start(self.flows, row.flow, turn.world, f"r{row.id}", params, message))

    async def settle(self, session: AsyncSession, row: FlowRun, turn: Turn, outcome: Outcome) -> None:
        """Carry out what an event came to and keep where the run stands."""
        row.wakes_at = None  # in hand: leaving its campaign, a birth or a loss told here does not end this run
        await session.flush()
        for _ in range(MOST_REQUESTS):
            await carry_out(turn, [one for one in outcome.effects if not isinstance(one, made.Requested)])
            if not any(isinstance(one, made.Requested) for one in outcome.effects):
                break
            outcome = advance(self.flows, outcome.run, NO_ANSWER, turn.world)
        if turn.contact_id != row.contact_id:
            await life.others_go_on(session, row.contact_id, row.created_at, turn.world.now, but=turn.contact_id)
            row.contact_id = turn.contact_id
        run = outcome.run
        row.sealed_state = self.desk.vault.seal(json.dumps(run.to_json(), ensure_ascii=False))
        row.wakes_at = run.wakes_at
        if run.over:
            await self._ended(session, row, turn, run)

    async def _ended(self, session: AsyncSession, row: FlowRun, turn: Turn, run: Run) -> None:
        row.status, row.ended_at, row.wakes_at = "ended", turn.world.now, None
        row.outcome, row.fault = run.outcome, run.fault or None
        results = run.frames[0].results if run.frames else {}
        plain = {name: result.get("value", "") for name, result in results.items()}
        await surveyed(session, self.desk.vault, turn.contact_id, row.flow, plain, turn.world.now, turn.world.zone)
        if row.flow.endswith(f"/{life.LOSS_FLOW}") and results.get(life.LOSS_FLOW, {}).get("category") == "no":
            await life.others_go_on(session, turn.contact_id, row.created_at, turn.world.now)

    async def stop(self, session: AsyncSession, row: FlowRun, why: str, moment: datetime) -> None:
        """End a run without another word."""
        if row.status == "active" and row.sealed_state:
            run = interrupt(self.state_of(row)).run
            row.sealed_state = self.desk.vault.seal(json.dumps(run.to_json(), ensure_ascii=False))
        row.status, row.outcome, row.ended_at, row.wakes_at = "ended", why, moment, None

    def turn(
        self,
        session: AsyncSession,
        conversation: Conversation,
        world: World,
        flow: str,
        outbound_class: str,
        inbound: InboundMessage | None = None,
    ) -> Turn:
        return Turn(session, self.desk, conversation, world, flow, inbound, outbound_class)


def open_flows(desk: FrontDesk) -> FlowDesk:
    """The flows of the packs and those imported. Raises PackError where one is wrong."""
    data_dir, imported = desk.settings.content_dir, desk.settings.data_dir / IMPORTED
    flows = load_flows(data_dir, imported)
    keywords, faults = read_keywords(data_dir, imported, flows)
    if faults:
        raise PackError(faults)
    return FlowDesk(desk, flows, keywords)


async def hold(session: AsyncSession, conversation_id: int, row: FlowRun, turn: Turn) -> None:
    """Give the floor to the run while it waits for an answer, and take it back when it does not."""
    waiting = turn.expected if row.status == "active" else None
    options = [{"title": one.title, "value": one.value} for one in waiting.options] if waiting else []
    await session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(
            floor="flow" if waiting else "bot",
            floor_reason=row.flow if waiting else None,
            floor_since=turn.world.now,
            expect={"type": waiting.type, "options": options, "flow": row.id} if waiting else None,
            expect_until=waiting.until if waiting else None,
        )
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True)
class FlowWorker:
    """Begins what is queued and wakes what waits. Any number of them may run; turns and they exclude each other."""

    flow_desk: FlowDesk
    sessions: Sessions

    async def run(self) -> int:
        """One batch; answers how many runs were looked at."""
        async with self.sessions.begin() as session:
            found = [(row, one, person) for row, one, person in await session.execute(_due(now()))]
            if not found:
                return 0
            known = await worlds(session, self.flow_desk.desk, [(one, row.contact_id) for row, one, _ in found])
            talking = await _talking(session, [one.id for _, one, _ in found])
            for row, conversation, person in found:
                await self._wake(session, row, conversation, person, known[conversation.id, row.contact_id], talking)
        return len(found)

    async def _wake(
        self,
        session: AsyncSession,
        row: FlowRun,
        conversation: Conversation,
        person: Person,
        world: World,
        talking: set[int],
    ) -> None:
        left = person.opted_out_at is not None and person.opted_out_at >= row.created_at
        if left or (row.status == "queued" and world.now > row.begin_by):
            await self._stopped(session, row, conversation, "interrupted" if left else "too_late", world)
        elif row.status == "active":
            await self._tick(session, row, conversation, world)
        elif _is_free(conversation, world.now) and conversation.id not in talking:
            talking.add(conversation.id)
            asked = "reply" if person.opted_out_at else "campaign" if row.key and person.consented_at else "notice"
            turn = self.flow_desk.turn(session, conversation, world, row.flow, asked)
            await self.flow_desk.begin(session, row, turn)
            await self._say(session, row, conversation, turn)
        else:
            row.wakes_at = world.now + AGAIN

    async def _stopped(
        self, session: AsyncSession, row: FlowRun, conversation: Conversation, why: str, world: World
    ) -> None:
        was_active = row.status == "active"
        await self.flow_desk.stop(session, row, why, world.now)
        if was_active and conversation.floor == "flow":
            await hold(
                session, conversation.id, row, self.flow_desk.turn(session, conversation, world, row.flow, "notice")
            )

    async def _tick(self, session: AsyncSession, row: FlowRun, conversation: Conversation, world: World) -> None:
        if conversation.floor == "operator":
            row.wakes_at = world.now + AGAIN
            return
        turn = self.flow_desk.turn(session, conversation, world, row.flow, "notice")
        try:
            outcome = advance(self.flow_desk.flows, self.flow_desk.state_of(row), Tick(), world)
        except ValueError as error:
            log.warning("a run of an older version ends", run=row.id, error=str(error))
            await self._stopped(session, row, conversation, "interrupted", world)
            return
        await self.flow_desk.settle(session, row, turn, outcome)
        await self._say(session, row, conversation, turn)

    async def _say(self, session: AsyncSession, row: FlowRun, conversation: Conversation, turn: Turn) -> None:
        await hold(session, conversation.id, row, turn)
        of_one = row.key and not row.flow.endswith(f"/{life.ASK_AGAIN}")  # the others are about the telephone
        if turn.drafts and turn.world.household and of_one:
            first = replace(turn.drafts[0], text=addressed(turn.drafts[0].text, turn.world.contact.name))
            turn.drafts[:1] = [first]
        await put_all(session, self.flow_desk.desk, [Letter(conversation, turn.drafts)])


def _due(moment: datetime) -> Select[FlowRun, Conversation, Person]:
    return (
        select(FlowRun, Conversation, Person)
        .join(Conversation, Conversation.id == FlowRun.conversation_id)
        .join(Person, Person.id == FlowRun.contact_id)
        .where(
            FlowRun.status != "ended",
            FlowRun.wakes_at <= moment,
            or_(Conversation.lease_until.is_(None), Conversation.lease_until < moment),
        )
        .order_by(FlowRun.wakes_at, FlowRun.id)
        .limit(BATCH)
        .with_for_update(of=(FlowRun, Conversation), skip_locked=True, key_share=True)
    )


async def _talking(session: AsyncSession, conversations: Sequence[int]) -> set[int]:
    rows = await session.scalars(
        select(FlowRun.conversation_id).where(FlowRun.conversation_id.in_(conversations), FlowRun.status == "active")
    )
    return set(rows)


def _is_free(conversation: Conversation, moment: datetime) -> bool:
    """Nobody holds it and no form of the bot waits for an answer."""
    waits = conversation.expect and (conversation.expect_until is None or conversation.expect_until > moment)
    return conversation.floor == "bot" and not waits and conversation.next_turn_at is None
