"""Messages to a conversation whose floor a flow has: an explicit answer goes on, the rest is the bot's if it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.life import LOSS_FLOW, someone_lost
from backend.clock import now
from backend.contacts.groups import groups_of
from backend.contacts.models import Contact as Person
from backend.conversations.models import Conversation
from backend.conversations.outbox import Draft
from backend.db import Sessions
from backend.flows.carrying_out import queued
from backend.flows.interpreter import CatchAll, Explicit, advance, ask_again, read
from backend.flows.keywords import Keyword, fitting
from backend.flows.models import FlowRun
from backend.flows.people import worlds
from backend.flows.runs import FlowDesk, hold
from backend.flows.state import Message, World
from backend.tasks.claims import Claim
from backend.tasks.commits import Answered, Outcome, commit_turns
from bot.text.answers import command

log = structlog.get_logger()
KNOWN = ("answer", "no_fact", "ask_topic", "ask_what")  # what the bot decided about a message that it understood
# what the bot understood -> the flow that answers it
BEGINS: Mapping[str, str] = {"salud_materna.informar_perdida": "salud_materna/perdida"}
ANSWERS = ("afirmar", "negar", "no_se", "repetir", "cancelar", "corregir", "calificar")  # mean nothing by themselves


class Outdated(Exception):
    """Somebody else has answered one of the turns: nothing of this is stored, it comes again."""


@dataclass(frozen=True)
class FlowTurns:
    """The two phases of a message to a run. A worker without flows gives it an empty desk."""

    flow_desk: FlowDesk
    sessions: Sessions

    async def read(self, claims: Sequence[Claim]) -> tuple[list[Claim], set[int]]:
        """Those that answer the question of their run, and the conversations where the bot is asked first."""
        waiting = [one for one in claims if one.conversation.floor == "flow" and one.messages]
        calling = [one for one in claims if one.messages and self._keywords(one)]
        if not waiting and not calling:
            return [], set()
        answering: list[Claim] = []
        asked_first: set[int] = set()
        async with self.sessions() as session:
            readings = await self._readings(session, waiting)
            called = await self._called(session, calling)
        for one in claims:
            reading = readings.get(one.conversation.id)
            lone = isinstance(reading, CatchAll) and reading.lone
            if isinstance(reading, Explicit) or lone or one.conversation.id in called:
                answering.append(one)
            elif isinstance(reading, CatchAll):
                asked_first.add(one.conversation.id)
        return answering, asked_first

    def _keywords(self, claimed: Claim) -> list[Keyword]:
        """The keywords that a message may be; none where an operator or an open form has the floor."""
        conversation = claimed.conversation
        form = "form" in (conversation.expect or {})
        open_ = form and (conversation.expect_until is None or conversation.expect_until > now())
        if not self.flow_desk.keywords or conversation.floor == "operator" or open_:
            return []
        text = self._message(claimed).text
        return [] if command(text) == "person" else fitting(self.flow_desk.keywords, text)

    async def _called(self, session: AsyncSession, claims: Sequence[Claim]) -> dict[int, str]:
        """The flows that messages begin by their word, by conversation."""
        groups = await groups_of(session, [one.conversation.contact_id for one in claims]) if claims else {}
        wanted = {
            one.conversation.id: next(
                (word.flow for word in self._keywords(one) if word.is_for(groups[one.conversation.contact_id])), None
            )
            for one in claims
        }
        return {conversation: flow for conversation, flow in wanted.items() if flow}

    async def _readings(self, session: AsyncSession, claims: Sequence[Claim]) -> dict[int, Any]:
        rows = await _active(session, [one.conversation.id for one in claims])
        waiting = [one.conversation for one in claims if one.conversation.id in rows]
        known = await worlds(session, self.flow_desk.desk, [(one, rows[one.id].contact_id) for one in waiting])
        left = await _left(session, [one.conversation.contact_id for one in claims])
        readings: dict[int, Any] = {}
        for one in claims:
            row, text = rows.get(one.conversation.id), self._message(one)
            gone = row is not None and left.get(one.conversation.contact_id, row.created_at) > row.created_at
            if row is None or gone:
                continue
            if command(text.text) == "person":  # always wins; the bot calls one
                readings[one.conversation.id] = CatchAll(lone=False)
                continue
            try:
                run = self.flow_desk.state_of(row)
            except ValueError:
                continue
            world = known[one.conversation.id, row.contact_id]
            readings[one.conversation.id] = read(self.flow_desk.flows, run, text, world)
        return readings

    async def _world(self, session: AsyncSession, conversation: Conversation, contact_id: int) -> World:
        return (await worlds(session, self.flow_desk.desk, [(conversation, contact_id)]))[conversation.id, contact_id]

    def _message(self, claimed: Claim) -> Message:
        vault = self.flow_desk.desk.vault
        words = "\n".join(vault.open(one.sealed_text) for one in claimed.messages)
        media = tuple(
            part["url"] for one in claimed.messages for part in one.extra.get("attachments", ()) if part.get("url")
        )
        return Message(words, claimed.message.extra.get("choice"), media)

    async def _called_flow(self, claimed: Claim) -> str | None:
        """The flow that a message begins by its word, unless it answers the one in hand."""
        if not self._keywords(claimed):
            return None
        async with self.sessions() as session:
            flow = (await self._called(session, [claimed])).get(claimed.conversation.id)
            reading = (await self._readings(session, [claimed])).get(claimed.conversation.id)
        return None if isinstance(reading, Explicit) else flow

    async def go_on(self, claimed: Claim) -> None:
        """The run takes the message, unless it is the word that begins another. Raises Outdated."""
        flow = await self._called_flow(claimed)
        if flow:
            outcome = Outcome(state=claimed.conversation.state, evidence={"decision": "keyword"})
            await self.begin(claimed, outcome, flow, self._message(claimed))
            return
        async with self.sessions.begin() as session:
            row = (await _active(session, [claimed.conversation.id], lock=True)).get(claimed.conversation.id)
            if row is None:
                raise Outdated
            world = await self._world(session, claimed.conversation, row.contact_id)
            turn = self.flow_desk.turn(session, claimed.conversation, world, row.flow, "reply", claimed.message)
            run = self.flow_desk.state_of(row)
            await self.flow_desk.settle(
                session, row, turn, advance(self.flow_desk.flows, run, self._message(claimed), world)
            )
            evidence = {"decision": "flow", "flow": row.flow}
            outcome = Outcome(tuple(turn.drafts), keep=True, handled_by="flow", evidence=evidence)
            await _commit(session, self.flow_desk, claimed, outcome)
            await hold(session, claimed.conversation.id, row, turn)

    def begins(self, outcome: Outcome) -> str | None:
        """The flow that begins with what the bot understood, instead of its answer."""
        evidence = outcome.evidence
        flow = BEGINS.get(str(evidence.get("intent"))) if evidence.get("decision") in (*KNOWN, "hand_over") else None
        return flow if flow in self.flow_desk.flows else None

    async def begin(self, claimed: Claim, outcome: Outcome, flow: str, message: Message | None = None) -> None:
        """Begin a flow as the answer to a message; a loss holds everything else at once. Raises Outdated."""
        conversation, moment = claimed.conversation, now()
        async with self.sessions.begin() as session:
            for row in (await _active(session, [conversation.id], lock=True)).values():
                await self.flow_desk.stop(session, row, "interrupted", moment)
            if flow.endswith(f"/{LOSS_FLOW}"):
                await someone_lost(session, conversation.contact_id, moment)
            row = queued(flow, conversation.contact_id, conversation.id, moment)
            session.add(row)
            await session.flush()
            world = await self._world(session, conversation, conversation.contact_id)
            turn = self.flow_desk.turn(session, conversation, world, flow, "reply", claimed.message)
            await self.flow_desk.begin(session, row, turn, message)
            said = Outcome(tuple(turn.drafts), outcome.state, None, None, {**outcome.evidence, "flow": flow})
            await _commit(session, self.flow_desk, claimed, said)
            await hold(session, conversation.id, row, turn)

    async def after_bot(self, claimed: Claim, outcome: Outcome) -> None:
        """The bot was asked first: what it knows is answered and the question asked once more, otherwise the run
        takes the message. A form or a person takes the run's place. Raises Outdated."""
        if not _knows(outcome):
            await self.go_on(claimed)
            return
        async with self.sessions.begin() as session:
            row = (await _active(session, [claimed.conversation.id], lock=True)).get(claimed.conversation.id)
            if row is None:
                raise Outdated
            if outcome.floor or outcome.expect:
                await self.flow_desk.stop(session, row, "interrupted", now())
                floor = outcome.floor or {"to": "bot"}
                await _commit(session, self.flow_desk, claimed, _with(outcome, (), floor))
                return
            world = await self._world(session, claimed.conversation, row.contact_id)
            turn = self.flow_desk.turn(session, claimed.conversation, world, row.flow, "reply", claimed.message)
            again = ask_again(self.flow_desk.flows, self.flow_desk.state_of(row), world)
            await self.flow_desk.settle(session, row, turn, again)
            await _commit(session, self.flow_desk, claimed, _with(outcome, tuple(turn.drafts), None))
            await hold(session, claimed.conversation.id, row, turn)


async def _commit(session: AsyncSession, flow_desk: FlowDesk, claimed: Claim, outcome: Outcome) -> None:
    answered: list[Answered] = [(claimed, outcome)]
    if not await commit_turns(session, flow_desk.desk, answered):
        raise Outdated


def _with(outcome: Outcome, more: tuple[Draft, ...], floor: Mapping[str, Any] | None) -> Outcome:
    evidence = {**outcome.evidence, "flow": "interrupted" if floor else "asked_again"}
    return Outcome((*outcome.drafts, *more), outcome.state, outcome.expect, floor, evidence, outcome.handled_by)


def _knows(outcome: Outcome) -> bool:
    evidence = outcome.evidence
    if outcome.floor:
        return True
    intent = str(evidence.get("intent", "")).partition(".")[2]
    return evidence.get("decision") in KNOWN and intent not in ANSWERS


async def _active(session: AsyncSession, conversations: Sequence[int], lock: bool = False) -> dict[int, FlowRun]:
    rows = select(FlowRun).where(FlowRun.conversation_id.in_(conversations), FlowRun.status == "active")
    found = await session.scalars(rows.with_for_update() if lock else rows)
    return {row.conversation_id: row for row in found}


async def _left(session: AsyncSession, contacts: Sequence[int]) -> dict[int, datetime]:
    rows = select(Person.id, Person.opted_out_at).where(Person.id.in_(contacts), Person.opted_out_at.is_not(None))
    return {contact: at for contact, at in await session.execute(rows) if at is not None}
