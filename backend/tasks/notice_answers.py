"""Messages that answer what nobody had asked the bot to say: an alarm's call, a reminder, «¿Recibiste ayuda?»."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from backend.alarms.answers import answer_alarms
from backend.appointments.answers import answer_appointments
from backend.clock import now
from backend.conversations.notices import Heard
from backend.db import Sessions
from backend.office import FrontDesk
from backend.tasks.claims import Claim
from backend.tasks.commits import Answered, Outcome, commit_turns

ANSWERERS = (answer_alarms, answer_appointments)


class Outdated(Exception):
    """Somebody else has answered one of the turns: nothing of this batch is stored, it comes again."""


async def answer_notices(sessions: Sessions, desk: FrontDesk, claims: Sequence[Claim]) -> set[int]:
    """Answer those that answer a notice, what they change and the reply in one transaction; their conversations.

    Raises Outdated."""
    turns = {one.message.id: one for one in claims if one.messages and one.conversation.floor == "bot"}
    if not turns:
        return set()
    async with sessions.begin() as session:
        answered = await _answered(session, desk, turns)
        if await commit_turns(session, desk, answered) < len(answered):
            raise Outdated
    return {claim.conversation.id for claim, _ in answered}


async def _answered(session: AsyncSession, desk: FrontDesk, turns: dict[int, Claim]) -> list[Answered]:
    left = [_heard(desk, one) for one in turns.values()]
    answered: list[Answered] = []
    for answerer in ANSWERERS:
        found = await answerer(session, desk, left, now())
        left = [one for one in left if one.inbound_id not in found]
        for inbound_id, answer in found.items():
            evidence = {"decision": answer.decision}
            outcome = Outcome(drafts=(answer.draft,), keep=True, handled_by="notice", evidence=evidence)
            answered.append((turns[inbound_id], outcome))
    return answered


def _heard(desk: FrontDesk, one: Claim) -> Heard:
    conversation, waits = one.conversation, one.conversation.expect or {}
    open_ = "form" in waits and (conversation.expect_until is None or conversation.expect_until > now())
    text = "\n".join(desk.vault.open(message.sealed_text) for message in one.messages)
    return Heard(one.message.id, conversation.id, conversation.contact_id, text, open_)
