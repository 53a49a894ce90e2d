"""The end of a turn: state, replies and done mark in one transaction, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.contacts.models import Contact
from backend.contacts.service import opt_in, opt_out
from backend.conversations.alarms import open_alarm
from backend.conversations.models import Conversation, InboundMessage
from backend.conversations.outbox import Draft, put
from backend.office import FrontDesk
from backend.tasks.claims import Claim, release, unless_woken

log = structlog.get_logger()
WELCOME = "comun/bienvenida"
ANSWERED = ("answer", "interruption")  # the bot told what to do in danger; it did not take the words for an answer
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


async def commit_turn(session: AsyncSession, desk: FrontDesk, claimed: Claim, outcome: Outcome) -> bool:
    """Store a turn; False where somebody else has answered it meanwhile, then nothing is stored."""
    if not await _advance(session, claimed, outcome):
        log.info("turn discarded, somebody else answered", conversation=claimed.conversation.id)
        return False
    drafts = await _introduced(session, desk, claimed.conversation, outcome.drafts)
    if outcome.evidence.get("danger") and outcome.evidence.get("decision") in ANSWERED:
        await open_alarm(session, claimed.message, claimed.conversation, "alarm", str(outcome.evidence.get("intent")))
        drafts = tuple(replace(draft, outbound_class="alarm") for draft in drafts)
    await put(session, desk, claimed.conversation, drafts, inbound_id=claimed.message.id)
    await _leaving(session, claimed.conversation, outcome)
    await _mark(session, claimed, outcome)
    return True


async def _advance(session: AsyncSession, claimed: Claim, outcome: Outcome) -> bool:
    conversation = claimed.conversation
    values: dict[str, Any] = {
        "version": Conversation.version + 1,
        "lease_until": None,
        "next_turn_at": unless_woken(claimed, now() if claimed.more else None),
    }
    if not outcome.keep:
        lives = FORM_LIVES.get(conversation.channel, timedelta(hours=24))
        values |= {
            "state": outcome.state,
            "expect": dict(outcome.expect) if outcome.expect else None,
            "expect_until": now() + lives if outcome.expect else None,
            "interrupted": False,
        }
    if outcome.floor:
        values |= {
            "floor": outcome.floor.get("to", "operator"),
            "floor_reason": outcome.floor.get("reason"),
            "floor_since": now(),
            "department": outcome.floor.get("department") or conversation.department,
        }
    stored = await session.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation.id,
            Conversation.fence == claimed.fence,
            Conversation.version == conversation.version,
        )
        .values(**values)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return stored.first() is not None


async def _introduced(
    session: AsyncSession, desk: FrontDesk, conversation: Conversation, drafts: tuple[Draft, ...]
) -> tuple[Draft, ...]:
    """The first reply ever says what is answering and links the privacy notice, whose version is kept."""
    if not drafts:
        return drafts
    notice = desk.government.institution.notice_version
    told = await session.execute(
        update(Contact)
        .where(Contact.id == conversation.contact_id, Contact.notice_version.is_distinct_from(notice))
        .values(notice_version=notice, notice_sent_at=now())
        .returning(Contact.id)
    )
    if told.first() is None or any((draft.ref or {}).get("say") == WELCOME for draft in drafts):
        return drafts
    return (Draft(ref={"say": WELCOME}), *drafts)


async def _leaving(session: AsyncSession, conversation: Conversation, outcome: Outcome) -> None:
    """What the bot understood as leaving or coming back counts as much as the bare word."""
    intent = outcome.evidence.get("intent")
    if outcome.handled_by != "bot" or outcome.evidence.get("decision") == "form_answer":
        return
    if intent == "comun.baja":
        await opt_out(session, conversation.contact_id, "palabra", now())
    elif intent == "comun.alta_de_nuevo":
        await opt_in(session, conversation.contact_id)


async def _mark(session: AsyncSession, claimed: Claim, outcome: Outcome) -> None:
    evidence = dict(outcome.evidence)
    if len(claimed.messages) > 1:
        evidence["answered_together"] = len(claimed.messages)
    await session.execute(
        update(InboundMessage)
        .where(InboundMessage.id.in_([one.id for one in claimed.messages]), InboundMessage.status == "pending")
        .values(
            status="operator" if outcome.handled_by == "operator" else "done",
            handled_at=now(),
            handled_by=outcome.handled_by,
            evidence=evidence,
        )
        .execution_options(synchronize_session=False)
    )


async def fail_turn(session: AsyncSession, desk: FrontDesk, claimed: Claim, error: str, tries: int) -> None:
    """Count a failed turn: try again later, and after `tries` hand it to a person and say so."""
    attempts = claimed.message.attempts + 1
    await session.execute(
        update(InboundMessage)
        .where(InboundMessage.id.in_([one.id for one in claimed.messages]))
        .values(attempts=attempts, last_error=error[:500])
        .execution_options(synchronize_session=False)
    )
    if attempts < tries:
        await release(session, claimed, now() + timedelta(seconds=min(2**attempts, 60)))
        return
    log.error("turn given to an operator after failing", conversation=claimed.conversation.id, attempts=attempts)
    given = Outcome(
        drafts=(Draft(ref={"say": "comun/fallo"}),),
        floor={"to": "operator", "reason": "failed"},
        keep=True,
        handled_by="operator",
        evidence={"decision": "failed", "error": error[:200]},
    )
    await commit_turn(session, desk, claimed, given)
