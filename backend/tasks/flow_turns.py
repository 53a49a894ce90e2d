"""Messages to a conversation whose floor a flow has: an explicit answer goes on, the rest is the bot's if it knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns.life import lost
from backend.clock import now
from backend.contacts.models import Contact as Person
from backend.conversations.outbox import Draft
from backend.db import Sessions
from backend.flows.carrying_out import queued
from backend.flows.interpreter import CatchAll, Explicit, advance, ask_again, read
from backend.flows.models import FlowRun
from backend.flows.people import worlds
from backend.flows.runs import LOSS_FLOW, FlowDesk, hold
from backend.flows.state import Message
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
        if not waiting:
            return [], set()
        answering: list[Claim] = []
        asked_first: set[int] = set()
        async with self.sessions() as session:
            readings = await self._readings(session, waiting)
        for one in waiting:
            reading = readings.get(one.conversation.id)
            if isinstance(reading, Explicit) or (isinstance(reading, CatchAll) and reading.lone):
                answering.append(one)
            elif isinstance(reading, CatchAll):
                asked_first.add(one.conversation.id)
        return answering, asked_first

    async def _readings(self, session: AsyncSession, claims: Sequence[Claim]) -> dict[int, Any]:
        rows = await _active(session, [one.conversation.id for one in claims])
        known = await worlds(session, self.flow_desk.desk, [one.conversation for one in claims])
        left = await _left(session, [one.conversation.contact_id for one in claims])
        readings: dict[int, Any] = {}
        for one in claims:
            row, text = rows.get(one.conversation.id), self._message(one)
            gone = row is not None and left.get(row.contact_id, row.created_at) > row.created_at
            if row is None or gone:
                continue
            if command(text.text) == "person":  # always wins; the bot calls one
                readings[one.conversation.id] = CatchAll(lone=False)
                continue
            try:
                run = self.flow_desk.state_of(row)
            except ValueError:
                continue
            readings[one.conversation.id] = read(self.flow_desk.flows, run, text, known[one.conversation.id])
        return readings

    def _message(self, claimed: Claim) -> Message:
        vault = self.flow_desk.desk.vault
        words = "\n".join(vault.open(one.sealed_text) for one in claimed.messages)
        media = tuple(
            part["url"] for one in claimed.messages for part in one.extra.get("attachments", ()) if part.get("url")
        )
        return Message(words, claimed.message.extra.get("choice"), media)

    async def go_on(self, claimed: Claim) -> None:
        """The run takes the message. Raises Outdated."""
        async with self.sessions.begin() as session:
            row = (await _active(session, [claimed.conversation.id], lock=True)).get(claimed.conversation.id)
            if row is None:
                raise Outdated
            world = (await worlds(session, self.flow_desk.desk, [claimed.conversation]))[claimed.conversation.id]
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

    async def begin(self, claimed: Claim, outcome: Outcome, flow: str) -> None:
        """Begin a flow as the answer to a message; a loss holds everything else at once. Raises Outdated."""
        conversation, moment = claimed.conversation, now()
        async with self.sessions.begin() as session:
            for row in (await _active(session, [conversation.id], lock=True)).values():
                await self.flow_desk.stop(session, row, "interrupted", moment)
            if flow.endswith(f"/{LOSS_FLOW}"):
                await lost(session, conversation.contact_id, moment)
            row = queued(flow, conversation.contact_id, conversation.id, moment)
            session.add(row)
            await session.flush()
            world = (await worlds(session, self.flow_desk.desk, [conversation]))[conversation.id]
            turn = self.flow_desk.turn(session, conversation, world, flow, "reply", claimed.message)
            await self.flow_desk.begin(session, row, turn)
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
            world = (await worlds(session, self.flow_desk.desk, [claimed.conversation]))[claimed.conversation.id]
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
