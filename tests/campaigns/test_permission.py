"""The last look before a message goes out: who may not be written to any more, when, and for how much."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from backend.campaigns import enrolment
from backend.campaigns.brake import Brake
from backend.campaigns.permission import let_through
from backend.campaigns.programme import Event, Programme
from backend.campaigns.rules import resume_sending, set_limits, stop_sending
from backend.campaigns.scheduler import until_idle
from backend.conversations.models import Conversation
from backend.conversations.outbox import Draft, put
from backend.tasks.parcels import claim
from tests.campaigns.clinic import Clinic

CAMPAIGN = Programme(
    "p.embarazo",
    "Embarazo",
    tuple(Event(f"m{n}", days=-139, at=time(10), text=f"Mensaje {n}.") for n in range(4)),
    relative_to="fecha_probable_parto",
)
DUE = date(2027, 4, 2)
TEN = "2026-11-14T16:00"  # in Monterrey
ZONE = ZoneInfo("America/Monterrey")


async def queue(clinic: Clinic, people: int = 1, zone: str | None = None) -> int:
    """People with their first message in the outbox; answers the contact of the last."""
    contact = 0
    await clinic.seed(replace(CAMPAIGN, events=CAMPAIGN.events[:1]))
    for _ in range(people):
        contact = await clinic.person("p.embarazo", zone, fecha_probable_parto=DUE)
    clinic.watch.at(TEN)
    await until_idle(clinic.scheduler)
    return contact


async def sql(clinic: Clinic, statement: str) -> None:
    async with clinic.sessions.begin() as session:
        await session.execute(text(statement))


async def go(clinic: Clinic, limit: int = 64) -> list[str]:
    """Claim what is due and let through what may go; answers its classes."""
    async with clinic.sessions.begin() as session:
        parcels = await claim(session, clinic.desk.vault, limit)
        passed = await let_through(session, parcels, ZONE, clinic.watch.moment)
    return [one.outbound.outbound_class for one in passed]


async def reply(clinic: Clinic, words: str = "Respuesta.") -> None:
    async with clinic.sessions.begin() as session:
        conversation = await session.get(Conversation, await clinic.one("SELECT min(id) FROM conversations"))
        assert conversation is not None
        await put(session, clinic.desk, conversation, [Draft(text=words)])


async def state(clinic: Clinic) -> Sequence[object]:
    rows = await clinic.rows("SELECT status, error_code FROM outbound_messages ORDER BY id")
    return rows[0] if len(rows) == 1 else rows


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE contacts SET opted_out_at = now()", "baja"),
        ("UPDATE contacts SET consented_at = NULL", "sin_consentimiento"),
        ("UPDATE addresses SET bad_since = now()", "sin_linea"),
        ("DELETE FROM enrolments", "pausa"),
    ],
)
async def test_what_changed_since_a_message_was_queued_is_seen(clinic: Clinic, change: str, reason: str) -> None:
    await queue(clinic)
    await sql(clinic, change)
    assert await go(clinic) == []
    assert await state(clinic) == ("failed", reason)
    counted = "SELECT times FROM campaign_counts WHERE outcome = :reason"
    assert await clinic.one(counted, reason=reason) == 1


async def test_a_loss_stops_what_is_queued(clinic: Clinic) -> None:
    contact = await queue(clinic)
    async with clinic.sessions.begin() as session:
        await enrolment.pause(session, contact, enrolment.LOSS, clinic.watch.moment)
    assert await go(clinic) == []
    assert await state(clinic) == ("failed", "pausa")


async def test_the_last_message_of_a_campaign_that_is_complete_goes(clinic: Clinic) -> None:
    await queue(clinic)
    assert await clinic.one("SELECT status FROM enrolments") == "ended"
    assert await go(clinic) == ["campaign"]


async def test_what_comes_late_to_the_line_waits_for_the_morning_or_is_left_out(clinic: Clinic) -> None:
    await queue(clinic)
    clinic.watch.at("2026-11-15T04:00")  # ten at night
    assert await go(clinic) == []
    assert str(await clinic.one("SELECT next_attempt_at FROM outbound_messages")) == "2026-11-15 15:00:00+00:00"
    clinic.watch.at("2026-11-15T15:00")
    assert await go(clinic) == ["campaign"]
    await sql(clinic, "UPDATE outbound_messages SET status = 'queued', next_attempt_at = '2026-11-15'")
    clinic.watch.at("2026-11-15T16:01")
    assert await go(clinic) == []
    assert await state(clinic) == ("failed", "tarde")


async def test_quiet_hours_are_those_of_the_person(clinic: Clinic) -> None:
    await queue(clinic, zone="America/Tijuana")
    clinic.watch.at("2026-11-14T18:00")
    await until_idle(clinic.scheduler)
    clinic.watch.at("2026-11-15T04:00")  # ten at night in Monterrey, eight in the evening there
    assert await go(clinic) == ["campaign"]


async def test_stopped_sending_holds_campaigns_only_and_resuming_lets_them_go(clinic: Clinic) -> None:
    await queue(clinic)
    await reply(clinic)
    async with clinic.sessions.begin() as session:
        assert await stop_sending(session, "prueba", clinic.watch.moment)
        assert not await stop_sending(session, "prueba", clinic.watch.moment)
    assert await Brake().engaged(clinic.sessions)
    classes = [*await go(clinic), *await go(clinic)]
    assert "campaign" not in classes
    assert await clinic.scheduler.run() == 0
    async with clinic.sessions.begin() as session:
        assert await resume_sending(session, clinic.watch.moment)
    assert "campaign" in [*await go(clinic), *await go(clinic)]


async def test_a_budget_is_never_passed_and_replies_go_on(clinic: Clinic) -> None:
    await queue(clinic, people=6)
    async with clinic.sessions.begin() as session:
        await set_limits(session, 4, None, Decimal("0.50"), clinic.watch.moment)
    both = await asyncio.gather(go(clinic, 3), go(clinic, 3))
    assert sum(one == "campaign" for classes in both for one in classes) == 4
    assert await clinic.one("SELECT sum(segments) FROM spending") == 4
    waiting = "SELECT DISTINCT next_attempt_at FROM outbound_messages WHERE status = 'queued'"
    assert str((await clinic.rows(waiting))[0][0]) == "2026-11-15 15:00:00+00:00"
    await sql(clinic, "UPDATE outbound_messages SET status = 'sent' WHERE status = 'sending'")
    await reply(clinic, "Una respuesta larga. " * 20)
    assert await go(clinic) == ["reply"]
    assert await clinic.one("SELECT segments FROM spending WHERE outbound_class = 'reply'") == 3


async def test_a_new_budget_frees_what_waited(clinic: Clinic) -> None:
    await queue(clinic, people=2)
    async with clinic.sessions.begin() as session:
        await set_limits(session, None, 1, None, clinic.watch.moment)
    assert await go(clinic) == ["campaign"]
    assert await go(clinic) == []
    reason = "SELECT error_code FROM outbound_messages WHERE error_code IS NOT NULL"
    assert await clinic.rows(reason) == [("tarde",)]  # next month is too late for this message


async def test_a_message_that_may_have_been_accepted_is_looked_up_not_judged(clinic: Clinic) -> None:
    await queue(clinic)
    assert await go(clinic) == ["campaign"]
    await sql(clinic, "UPDATE contacts SET opted_out_at = now()")
    clinic.watch.later(minutes=2)
    assert await go(clinic) == ["campaign"]
    assert await clinic.one("SELECT sum(segments) FROM spending") == 1
