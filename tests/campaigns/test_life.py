"""Loss, leaving and silence: what is held, what comes back, what never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import text, update

from backend.campaigns import life
from backend.campaigns.enrolment import leave
from backend.campaigns.programme import Event, Programme
from backend.conversations.models import Conversation
from backend.flows.models import FlowRun
from tests.campaigns.clinic import Clinic

WEEKLY = Programme(
    "p.embarazo",
    "Embarazo",
    tuple(Event(f"s{n}", days=-280 + 7 * n + 1, at=time(10), text=f"Semana {n}.") for n in range(18, 42)),
    relative_to="fecha_probable_parto",
    health=True,
)
COMPANY = Programme(
    "p.duelo", "Compañía", (Event("d3", days=3, at=time(10), text="Aquí estamos."),), relative_to="fecha_nacimiento"
)
DUE = date(2027, 4, 2)


async def sql(clinic: Clinic, statement: str) -> None:
    async with clinic.sessions.begin() as session:
        await session.execute(text(statement))


async def test_a_loss_that_was_none_goes_on_and_one_that_was_ends_after_a_week(clinic: Clinic) -> None:
    await clinic.seed(WEEKLY)
    contacts = [await clinic.person("p.embarazo", fecha_probable_parto=DUE) for _ in range(2)]
    async with clinic.sessions.begin() as session:
        for contact in contacts:
            assert await life.lost(session, contact, clinic.watch.moment) == 1
        assert await life.not_lost(session, contacts[0], clinic.watch.moment) == 1
        assert await life.end_losses(session, clinic.watch.moment) == 0
    clinic.watch.at("2026-11-09T18:00")
    async with clinic.sessions.begin() as session:
        assert await life.end_losses(session, clinic.watch.moment) == 1
        assert await life.not_lost(session, contacts[1], clinic.watch.moment) == 0
    assert await clinic.rows("SELECT status, reason FROM enrolments ORDER BY id") == [
        ("active", None), ("ended", "perdida"),
    ]  # fmt: skip


async def test_after_a_loss_the_company_that_she_chose_comes(clinic: Clinic) -> None:
    await clinic.seed(WEEKLY, COMPANY)
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    async with clinic.sessions.begin() as session:
        await life.lost(session, contact, clinic.watch.moment)
        await life.born(session, clinic.desk.vault, contact, date(2026, 11, 1), clinic.watch.moment)
        conversation = await session.scalar(text("SELECT id FROM conversations"))
        assert await life.joined(session, contact, int(conversation or 0), "p", "duelo", clinic.watch.moment)
    for day in range(1, 16):
        clinic.watch.at(f"2026-11-{day:02}T18:00")
        await clinic.work()
    assert await clinic.queued() == ["d3"]


@pytest.mark.parametrize("happens", ["birth", "loss", "leaving"])
async def test_what_a_pregnancy_asks_or_was_about_to_ask_ends_with_it(clinic: Clinic, happens: str) -> None:
    """Of two questions of the programme one is open and one waits; a question of something else stays."""
    await clinic.seed(WEEKLY, replace(WEEKLY, key="p.bebe", relative_to="fecha_nacimiento", after="p.embarazo"))
    contact, at = await clinic.person("p.embarazo", fecha_probable_parto=DUE), clinic.watch.moment
    keys = {f"{contact}:p.embarazo::q1:180": "active", f"{contact}:p.embarazo::q2:180": "queued", "otra": "queued"}
    async with clinic.sessions.begin() as session:
        home = {"contact_id": contact, "conversation_id": 1, "begin_by": at, "wakes_at": at}
        runs = [FlowRun(flow="p/senales", key=key, status=status, **home) for key, status in keys.items()]
        session.add_all(runs)
        await session.flush()
        await session.execute(
            update(Conversation).values(floor="flow", expect={"type": "yes_no", "options": [], "flow": runs[0].id})
        )
    async with clinic.sessions.begin() as session:
        if happens == "birth":
            await life.born(session, clinic.desk.vault, contact, date(2026, 11, 1), at)
        elif happens == "loss":
            await life.lost(session, contact, at)
        else:
            await leave(session, contact, "otra_persona", at, "p.embarazo")
    left = await clinic.rows("SELECT key, status FROM flow_runs ORDER BY id")
    whole = happens == "loss"  # holds everything of hers
    assert [status for _, status in left] == ["ended", "ended", "ended" if whole else "queued"]
    assert await clinic.rows("SELECT floor, expect FROM conversations") == [("bot", None)]


async def test_leaving_keeps_the_way_back_open_but_not_for_another_persons_telephone(clinic: Clinic) -> None:
    await clinic.seed(WEEKLY)
    for reason in ("reactivacion", life.ANOTHER_PERSON):
        contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
        async with clinic.sessions.begin() as session:
            await life.went(session, contact, reason, clinic.watch.moment)
    await sql(clinic, "UPDATE contacts SET opted_out_at = NULL")
    clinic.watch.at("2026-11-07T18:00")
    await clinic.work()
    assert await clinic.queued() == ["s19"]
    assert await clinic.rows("SELECT status FROM enrolments ORDER BY id") == [("active",), ("ended",)]


async def test_six_months_of_silence_hold_health_until_she_confirms(clinic: Clinic) -> None:
    await clinic.seed(WEEKLY, replace(WEEKLY, key="p.otra", health=False))
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    await clinic.person("p.otra", fecha_probable_parto=DUE)
    dead = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    await sql(clinic, f"UPDATE addresses SET bad_since = now() WHERE contact_id = {dead}")
    async with clinic.sessions.begin() as session:
        assert await life.hold_silent(session, clinic.flows, clinic.watch.moment) == 1
    clinic.watch.later(days=183)
    async with clinic.sessions.begin() as session:
        assert await life.hold_silent(session, clinic.flows, clinic.watch.moment) == 1
        assert await life.hold_silent(session, clinic.flows, clinic.watch.moment) == 0
    assert [(one.flow, one.contact_id) for one in clinic.flows.begun] == [("p/reactivacion", contact)]
    reasons = "SELECT status, reason FROM enrolments ORDER BY id"
    assert await clinic.rows(reasons) == [("paused", "silencio"), ("active", None), ("paused", "numero_muerto")]
    async with clinic.sessions.begin() as session:
        assert await life.confirmed(session, contact, clinic.watch.moment) == 1
        assert await life.hold_silent(session, clinic.flows, clinic.watch.moment) == 0
