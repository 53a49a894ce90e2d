"""Turns: claim conversations, ask the bot, commit the answers. Nothing is locked while the bot is asked."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import DBAPIError

from backend import metrics
from backend.clock import now
from backend.content.service import UnknownText
from backend.conversations.models import Conversation, InboundMessage
from backend.conversations.outbox import Draft
from backend.db import Sessions
from backend.office import FrontDesk
from backend.tasks.bot_client import BotAway, BotClient
from backend.tasks.claims import BATCH, SETTLE, Claim, claim, release
from backend.tasks.commits import Answered, Outcome, commit_turns, fail_turns
from backend.tasks.flow_turns import FlowTurns, Outdated
from backend.tasks.notice_answers import Outdated as OutdatedNotice
from backend.tasks.notice_answers import answer_notices
from backend.tasks.queue import Waking
from backend.tasks.typing_signs import TypingSigns
from backend.tasks.while_waiting import meanwhile
from backend.tasks.without_words import answer_without_bot

log = structlog.get_logger()
TRIES = 5
LONGEST_TEXT = 4000


@dataclass(frozen=True)
class TurnWorker:
    """Works turns off. Any number of them, in any number of processes, may run side by side."""

    desk: FrontDesk
    sessions: Sessions
    bot: BotClient
    queue: Waking
    flows: FlowTurns
    signs: TypingSigns | None = None  # None: a replay, where nobody looks at a phone

    async def run(self) -> int:
        """One batch: claims, asks, commits; answers how many conversations were claimed."""
        async with self.sessions.begin() as session:
            claims = await claim(session, BATCH)
        if not claims:
            return 0
        silent = [(one, now() + SETTLE if one.more else None) for one in claims if not one.messages]
        heard = [(one, answer_without_bot(self.desk, one)) for one in claims if one.messages]
        plain = [(one, outcome) for one, outcome in heard if outcome]
        settled = {one.conversation.id for one, _ in (*plain, *silent)}
        asked = [one for one in claims if one.conversation.id not in settled]
        await self._give_back(silent)
        await self._commit(plain)
        answered = await self._answer_notices(asked)
        asked = [one for one in asked if one.conversation.id not in answered]
        answering, waiting = await self.flows.read(asked)
        for one in answering:
            await self._in_flow(one, self.flows.go_on(one))
        asked = [one for one in asked if one not in answering]
        if asked:
            await self._ask(asked, waiting)
        return len(claims)

    async def _answer_notices(self, claims: Sequence[Claim]) -> set[int]:
        try:
            answered = await answer_notices(self.sessions, self.desk, claims)
        except OutdatedNotice:
            return set()  # whoever is asked next finds out for each of them
        if answered:
            await self.queue.wake("deliveries")
        return answered

    async def _in_flow(self, one: Claim, step: Awaitable[None]) -> None:
        """A step of a flow; one that fails is a failed turn and holds up nobody else's."""
        try:
            await step
        except Outdated:
            log.info("turn of a flow discarded, somebody else answered", conversation=one.conversation.id)
        except Exception as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            log.exception("a flow failed", conversation=one.conversation.id)
            await self._fail([(one, f"{type(error).__name__}: {error}")])
        await self.queue.wake("deliveries")

    async def _ask(self, claims: Sequence[Claim], waiting: Collection[int]) -> None:
        """Ask the bot; in the conversations that are `waiting`, a flow's question is open."""
        turns = [self._turn(one) for one in claims]
        try:
            with metrics.TURN_SECONDS.time():
                async with self._showing(claims):
                    results = await self.bot.turns(turns)
        except BotAway as error:
            metrics.TURNS.labels("bot_away").inc(len(claims))
            log.warning("bot away, turns kept for later", turns=len(claims), error=str(error)[:200])
            await self._give_back([(one, now() + timedelta(seconds=2)) for one in claims])
            return
        pairs = list(zip(claims, results, strict=True))
        answered = [(one, meanwhile(self.desk, one, _outcome(result))) for one, result in pairs if result.get("ok")]
        plain = [pair for pair in answered if not await self._flow_takes(*pair, waiting)]
        await self._commit(plain)
        failed = [(one, str(result.get("error", "sin respuesta"))) for one, result in pairs if not result.get("ok")]
        await self._fail(failed)

    def _showing(self, claims: Sequence[Claim]) -> AbstractAsyncContextManager[None]:
        return self.signs.while_waiting([one.conversation for one in claims]) if self.signs else nullcontext()

    async def _flow_takes(self, one: Claim, outcome: Outcome, waiting: Collection[int]) -> bool:
        """Whether the turn is a flow's: its question is open, or what was understood begins one."""
        begins = self.flows.begins(outcome)
        if begins:
            await self._in_flow(one, self.flows.begin(one, outcome, begins))
        elif one.conversation.id in waiting:
            await self._in_flow(one, self.flows.after_bot(one, outcome))
        return bool(begins) or one.conversation.id in waiting

    async def _commit(self, answered: Sequence[Answered]) -> None:
        """All in one transaction; where one cannot be stored, each in its own, so that it does not hold the others."""
        if not answered:
            return
        try:
            async with self.sessions.begin() as session:
                await commit_turns(session, self.desk, answered)
        except (DBAPIError, UnknownText) as error:
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            log.warning("turns not stored", turns=len(answered), error=f"{type(error).__name__}: {error}"[:300])
            if len(answered) == 1:
                await self._fail([(answered[0][0], f"{type(error).__name__}: {error}")])
                return
            for pair in answered:
                await self._commit([pair])
            return
        metrics.TURNS.labels("answered").inc(len(answered))
        await self.queue.wake("deliveries")

    async def _fail(self, failed: Sequence[tuple[Claim, str]]) -> None:
        if not failed:
            return
        metrics.TURNS.labels("failed").inc(len(failed))
        async with self.sessions.begin() as session:
            await fail_turns(session, self.desk, failed, TRIES)
        await self.queue.wake("deliveries")

    async def _give_back(self, claims: Sequence[tuple[Claim, datetime | None]]) -> None:
        if claims:
            async with self.sessions.begin() as session:
                await release(session, claims)

    def _turn(self, one: Claim) -> dict[str, Any]:
        conversation, message = one.conversation, one.message
        expired = _expired(conversation)
        zone = ZoneInfo(self.desk.timezone)
        return {
            "turn_id": f"t{message.id}",
            "conversation": str(conversation.id),
            "channel": conversation.channel,
            "text": _words(self.desk, one.messages),
            "choice": message.extra.get("choice"),
            "location": _place(message.extra.get("location")),
            "expect": None if expired or conversation.floor == "flow" else conversation.expect,
            "state": base64.b64encode(conversation.state).decode("ascii") if conversation.state else None,
            "version": conversation.version,
            "context": {
                "jurisdiction": self.desk.jurisdiction,
                "locale_date": now().astimezone(zone).date().isoformat(),
                "timezone": self.desk.timezone,
                "form_expired": expired,
                "interrupted": conversation.interrupted,
                "alarm": one.alarm,
            },
        }


def _place(location: Sequence[float] | None) -> dict[str, float] | None:
    return {"latitude": location[0], "longitude": location[1]} if location else None


def _expired(conversation: Conversation) -> bool:
    return bool(conversation.expect) and conversation.expect_until is not None and conversation.expect_until < now()


def _words(desk: FrontDesk, messages: Sequence[InboundMessage]) -> str:
    return "\n".join(desk.vault.open(one.sealed_text) for one in messages)[:LONGEST_TEXT]


def _outcome(result: Mapping[str, Any]) -> Outcome:
    expect = result.get("expect")
    return Outcome(
        drafts=tuple(_draft(reply) for reply in result.get("replies", ())),
        state=base64.b64decode(result["state"]) if result.get("state") else None,
        expect=expect,
        floor=result.get("floor"),
        evidence=result.get("evidence") or {},
        handled_by="bot",
    )


def _draft(reply: Mapping[str, Any]) -> Draft:
    return Draft(
        ref=reply.get("ref"),
        text=str(reply.get("text") or ""),
        options=tuple(reply.get("options") or ()),
        document=reply.get("document"),
    )


async def until_idle(worker: TurnWorker, side_by_side: int = 1) -> None:
    """Work until nothing is due, `side_by_side` batches at a time."""
    while any(await asyncio.gather(*(worker.run() for _ in range(side_by_side)))):
        pass
