"""The end of turns: state, replies and done marks of a batch in one transaction, or nothing at all."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ARRAY, BigInteger, Boolean, Integer, Text, any_, bindparam, case, func, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

import bot.safety
from backend.clock import now
from backend.contacts.models import Contact
from backend.contacts.service import opt_in, opt_out
from backend.conversations.alarms import open_alarm
from backend.conversations.models import Conversation, InboundMessage
from backend.conversations.outbox import Draft, Letter, put_all
from backend.db import lock, recordset
from backend.flows.leaving import ask_why
from backend.office import FrontDesk
from backend.tasks.claims import MOMENT, Claim, release, unless_woken

log = structlog.get_logger()
WELCOME, PRESENTATION = "comun/bienvenida", "comun/presentacion"
ANSWERED = ("answer", "interruption")  # the bot told what to do in danger; it did not take the words for an answer
ABOUT = (*ANSWERED, "no_fact", "ask_topic")  # what was understood says whose matter it is
FORM_LIVES: Mapping[str, timedelta] = {"messenger": timedelta(hours=24), "twilio_sms": timedelta(days=7)}


@dataclass(frozen=True)
class Outcome:
    """What a turn came to. `keep`: the bot was not asked, its memory and question stay as they are."""

    drafts: tuple[Draft, ...] = ()
    state: bytes | None = None
    expect: Mapping[str, Any] | None = None
    floor: Mapping[str, Any] | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    handled_by: str = "bot"
    keep: bool = False


Answered = tuple[Claim, Outcome]

_step_of = recordset(
    id=BigInteger, fence=BigInteger, version=BigInteger, wakes=BigInteger, again_at=MOMENT,
    keep=Boolean, state=Text, expect=JSONB, expect_until=MOMENT,
    floor=Text, floor_reason=Text, department=Text,
)  # fmt: skip
_kept, _moved = _step_of.c.keep, _step_of.c.floor.is_not(None)
ADVANCE = (
    update(Conversation)
    .where(
        Conversation.id == _step_of.c.id,
        Conversation.fence == _step_of.c.fence,
        Conversation.version == _step_of.c.version,
    )
    .values(
        version=Conversation.version + 1,
        lease_until=None,
        next_turn_at=unless_woken(_step_of),
        state=case((_kept, Conversation.state), else_=func.decode(_step_of.c.state, "base64")),
        expect=case((_kept, Conversation.expect), else_=_step_of.c.expect),
        expect_until=case((_kept, Conversation.expect_until), else_=_step_of.c.expect_until),
        interrupted=Conversation.interrupted & _kept,
        floor=func.coalesce(_step_of.c.floor, Conversation.floor),
        floor_reason=case((_moved, _step_of.c.floor_reason), else_=Conversation.floor_reason),
        floor_since=case((_moved, bindparam("moment", type_=MOMENT)), else_=Conversation.floor_since),
        department=func.coalesce(_step_of.c.department, Conversation.department),
    )
    .returning(Conversation.id)
    .execution_options(synchronize_session=False)
)
INTRODUCE = (
    update(Contact)
    .where(
        Contact.id == any_(bindparam("ids", type_=ARRAY(BigInteger))),
        Contact.notice_version.is_distinct_from(bindparam("notice")),
    )
    .values(notice_version=bindparam("notice"), notice_sent_at=bindparam("moment", type_=MOMENT))
    .returning(Contact.id)
    .execution_options(synchronize_session=False)
)
_done_of = recordset(id=BigInteger, status=Text, handled_by=Text, evidence=JSONB)
MARK = (
    update(InboundMessage)
    .where(InboundMessage.id == _done_of.c.id, InboundMessage.status == "pending")
    .values(
        status=_done_of.c.status,
        handled_at=bindparam("moment", type_=MOMENT),
        handled_by=_done_of.c.handled_by,
        evidence=_done_of.c.evidence,
    )
    .execution_options(synchronize_session=False)
)


async def commit_turns(session: AsyncSession, desk: FrontDesk, answered: Sequence[Answered]) -> int:
    """Store turns; how many. One that somebody else has answered meanwhile is discarded, nothing of it is stored."""
    ours = await _advance(session, desk, answered)
    stored = [(one, outcome) for one, outcome in answered if one.conversation.id in ours]
    if len(stored) < len(answered):
        log.info("turns discarded, somebody else answered", turns=len(answered) - len(stored))
    for one, outcome in stored:
        if _in_danger(outcome):
            intent = str(outcome.evidence.get("intent"))
            await open_alarm(session, one.message, one.conversation, bot.safety.kind_of(intent), intent)
        await _leaving(session, one.conversation, outcome)
    new = await _introduce(session, desk, stored)
    letters = [Letter(one.conversation, _drafts(one, outcome, new), one.message.id) for one, outcome in stored]
    await put_all(session, desk, letters)
    await _mark(session, stored)
    return len(stored)


async def _advance(session: AsyncSession, desk: FrontDesk, answered: Sequence[Answered]) -> set[int]:
    """Move the conversations on; the ids of those whose lease and version are still ours."""
    await lock(session, Conversation, (one.conversation.id for one, _ in answered))
    rows = await session.execute(ADVANCE, {"given": [_step(desk, *one) for one in answered], "moment": now()})
    return set(rows.scalars())


def _step(desk: FrontDesk, claimed: Claim, outcome: Outcome) -> dict[str, Any]:
    conversation, moment = claimed.conversation, now()
    lives = FORM_LIVES.get(conversation.channel, timedelta(hours=24))
    floor = outcome.floor or {}
    return {
        "id": conversation.id,
        "fence": claimed.fence,
        "version": conversation.version,
        "wakes": claimed.wakes,
        "again_at": moment.isoformat() if claimed.more else None,
        "keep": outcome.keep,
        "state": base64.b64encode(outcome.state).decode("ascii") if outcome.state else None,
        "expect": dict(outcome.expect) if outcome.expect else None,
        "expect_until": (moment + lives).isoformat() if outcome.expect else None,
        "floor": floor.get("to", "operator") if floor else None,
        "floor_reason": floor.get("reason"),
        "department": floor.get("department") or _department(desk, outcome),
    }


def _department(desk: FrontDesk, outcome: Outcome) -> str | None:
    """Whose matter the turn is: the pack's of its form, its flow or its answer; None: nobody's in particular."""
    evidence = outcome.evidence
    form, flow = str((outcome.expect or {}).get("form") or ""), str(evidence.get("flow") or "")
    intent = str(evidence.get("intent")) if evidence.get("decision") in ABOUT else ""
    named = (desk.owner_of(form.partition(".")[0]), desk.owner_of(flow.partition("/")[0]), desk.department_of(intent))
    return next(filter(None, named), None)


def _in_danger(outcome: Outcome) -> bool:
    return bool(outcome.evidence.get("danger")) and outcome.evidence.get("decision") in ANSWERED


async def _introduce(session: AsyncSession, desk: FrontDesk, stored: Sequence[Answered]) -> set[int]:
    """Contacts who get their first reply now, with the privacy notice, whose version is kept."""
    answered = ((one, outcome) for one, outcome in stored if outcome.handled_by != "notice")
    spoken = sorted({one.conversation.contact_id for one, outcome in answered if outcome.drafts})
    if not spoken:
        return set()
    notice = desk.government.institution.notice_version
    told = await session.execute(INTRODUCE, {"ids": spoken, "notice": notice, "moment": now()})
    return set(told.scalars())


def _drafts(claimed: Claim, outcome: Outcome, new: set[int]) -> tuple[Draft, ...]:
    drafts = outcome.drafts
    welcomed = any((draft.ref or {}).get("say") == WELCOME for draft in drafts)
    if drafts and claimed.conversation.contact_id in new and not welcomed:
        drafts = (Draft(ref={"say": PRESENTATION}), *drafts)
    if _in_danger(outcome):
        drafts = tuple(replace(draft, outbound_class="alarm") for draft in drafts)
    return drafts


async def _leaving(session: AsyncSession, conversation: Conversation, outcome: Outcome) -> None:
    """What the bot understood as leaving or coming back counts as much as the bare word."""
    intent = outcome.evidence.get("intent")
    if outcome.handled_by != "bot" or outcome.evidence.get("decision") == "form_answer":
        return
    if intent == "comun.baja":
        if await opt_out(session, conversation.contact_id, "palabra", now()):
            await ask_why(session, conversation, now())
    elif intent == "comun.alta_de_nuevo":
        await opt_in(session, conversation.contact_id)


async def _mark(session: AsyncSession, stored: Sequence[Answered]) -> None:
    rows = [_done(message.id, one, outcome) for one, outcome in stored for message in one.messages]
    if rows:
        await session.execute(MARK, {"given": rows, "moment": now()})


def _done(message_id: int, claimed: Claim, outcome: Outcome) -> dict[str, Any]:
    together = {"answered_together": len(claimed.messages)} if len(claimed.messages) > 1 else {}
    return {
        "id": message_id,
        "status": "operator" if outcome.handled_by == "operator" else "done",
        "handled_by": outcome.handled_by,
        "evidence": {**outcome.evidence, **together},
    }


async def fail_turns(session: AsyncSession, desk: FrontDesk, failed: Sequence[tuple[Claim, str]], tries: int) -> None:
    """Count failed turns: tried again later, and after `tries` handed to a person, which is said."""
    rows = [
        {"id": message.id, "attempts": one.message.attempts + 1, "error": error[:500]}
        for one, error in failed
        for message in one.messages
    ]
    given = recordset(rows, id=BigInteger, attempts=Integer, error=Text)
    await session.execute(
        update(InboundMessage)
        .where(InboundMessage.id == given.c.id)
        .values(attempts=given.c.attempts, last_error=given.c.error)
        .execution_options(synchronize_session=False)
    )
    again = [one for one, _ in failed if one.message.attempts + 1 < tries]
    await release(session, [(one, now() + _pause(one)) for one in again])
    lost = [(one, _to_a_person(error)) for one, error in failed if one.message.attempts + 1 >= tries]
    if lost:
        log.error("turns given to an operator after failing", conversations=[one.conversation.id for one, _ in lost])
        await commit_turns(session, desk, lost)


def _pause(claimed: Claim) -> timedelta:
    return timedelta(seconds=min(2 ** (claimed.message.attempts + 1), 60))


def _to_a_person(error: str) -> Outcome:
    return Outcome(
        drafts=(Draft(ref={"say": "comun/fallo"}),),
        floor={"to": "operator", "reason": "failed"},
        keep=True,
        handled_by="operator",
        evidence={"decision": "failed", "error": error[:200]},
    )
