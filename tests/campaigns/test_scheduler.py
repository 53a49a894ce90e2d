"""Campaigns over a real database: the right message at the right local hour, once, whatever changes or dies."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from backend.campaigns import enrolment
from backend.campaigns.programme import Event, Programme
from backend.campaigns.scheduler import until_idle
from backend.contacts.fields import set_timezone, set_values
from tests.campaigns.clinic import Clinic

TEN = time(10)


def week(number: int, **more: Any) -> Event:
    words = f"Semana {number}, {{nombre}}."
    return Event(f"s{number}", **{"days": -280 + 7 * number + 1, "at": TEN, "text": words, **more})


PREGNANCY = Programme(
    "p.embarazo", "Embarazo", tuple(week(n) for n in range(18, 26)), relative_to="fecha_probable_parto"
)
BABY = Programme(
    "p.bebe",
    "Bebé",
    (
        Event("b1", days=8, at=TEN, text="Bebé, semana 1."),
        Event("b2", days=15, at=TEN, text="Crece.", corrected=True),
        Event("b104", days=729, at=TEN, text="Dos años."),
    ),
    relative_to="fecha_nacimiento",
    after="p.embarazo",
)
DUE = date(2027, 4, 2)  # week n, day 1: 14 November 2026 for n = 20


async def move(clinic: Clinic, contact: int, **values: date) -> None:
    async with clinic.sessions.begin() as session:
        await set_values(session, clinic.desk.vault, {contact: values}, clinic.watch.moment)


async def one_status(clinic: Clinic) -> object:
    return await clinic.one("SELECT status || ':' || coalesce(reason, '') FROM enrolments ORDER BY id LIMIT 1")


async def counted(clinic: Clinic) -> dict[object, object]:
    rows = await clinic.rows("SELECT outcome, sum(times) FROM campaign_counts GROUP BY 1")
    return {outcome: int(str(times)) for outcome, times in rows}


async def test_the_right_message_at_the_right_local_hour_once(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    contact = await clinic.person("p.embarazo", "America/Tijuana", fecha_probable_parto=DUE, nombre="Ana")
    clinic.watch.at("2026-11-13T12:00")
    await clinic.work()
    assert str(await clinic.next_at(contact)) == "2026-11-14 18:00:00+00:00"  # ten in the morning there
    clinic.watch.at("2026-11-14T17:59:59")
    await clinic.work()
    before = await clinic.queued()
    clinic.watch.at("2026-11-14T18:00")
    await clinic.work()
    await clinic.work()
    assert await clinic.queued() == [*before, "s20"]
    assert (await clinic.words())[-1] == "Semana 20, Ana."


async def test_enrolling_half_way_never_sends_the_backlog(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    clinic.watch.at("2026-11-20T12:00")
    await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    await clinic.work()
    assert await clinic.queued() == []
    clinic.watch.at("2026-11-21T18:00")
    await clinic.work()
    assert await clinic.queued() == ["s21"]


async def test_who_has_no_date_yet_waits_and_is_woken_by_it(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    contact = await clinic.person("p.embarazo")
    await clinic.work()
    assert await clinic.next_at(contact) is None
    await move(clinic, contact, fecha_probable_parto=DUE)
    await clinic.work()
    assert str(await clinic.next_at(contact)) == "2026-11-07 16:00:00+00:00"


async def test_a_due_date_that_moves_back_moves_everything_and_repeats_nothing(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    clinic.watch.at("2026-11-14T18:00")
    await clinic.work()
    await move(clinic, contact, fecha_probable_parto=date(2027, 4, 12))
    for day in ("11-21", "11-24", "12-01"):
        clinic.watch.at(f"2026-{day}T18:00")
        await clinic.work()
    assert await clinic.queued() == ["s20", "s21"]  # week 20 falls again on 24 November: she has read it
    assert await counted(clinic) == {"encolada": 2, "repetida": 2, "tarde": 1}


async def test_a_due_date_that_moves_forward_skips_what_lies_between(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    clinic.watch.at("2026-11-14T18:00")
    await clinic.work()
    await move(clinic, contact, fecha_probable_parto=date(2027, 3, 12))  # three weeks earlier: now in week 23
    clinic.watch.at("2026-11-14T18:00:01")
    await clinic.work()
    assert await clinic.queued() == ["s20"]
    clinic.watch.at("2026-11-21T18:00")
    await clinic.work()
    assert await clinic.queued() == ["s20", "s24"]


async def test_saying_the_same_date_again_moves_nothing(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    await clinic.work()
    before = await clinic.rows("SELECT next_at, cursor_at, epoch FROM enrolments")
    clinic.watch.later(hours=1)
    await move(clinic, contact, fecha_probable_parto=DUE)
    assert await clinic.rows("SELECT next_at, cursor_at, epoch FROM enrolments") == before


@pytest.mark.parametrize(("zone", "hour"), [("America/Cancun", "15:00"), ("America/Hermosillo", "17:00")])
async def test_who_moves_to_another_zone_reads_at_ten_there(clinic: Clinic, zone: str, hour: str) -> None:
    await clinic.seed(PREGNANCY)
    contact = await clinic.person("p.embarazo", "America/Mexico_City", fecha_probable_parto=DUE)
    clinic.watch.at("2026-11-07T16:00")
    await clinic.work()
    async with clinic.sessions.begin() as session:
        await set_timezone(session, contact, zone, clinic.watch.moment)
    clinic.watch.at("2026-11-07T18:00")
    await clinic.work()
    assert await clinic.queued() == ["s19"]
    assert str(await clinic.next_at(contact)) == f"2026-11-14 {hour}:00+00:00"


async def test_birth_moves_her_to_the_babys_programme(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY, BABY)
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    clinic.watch.at("2027-04-01T18:00")
    await clinic.work()
    await move(clinic, contact, fecha_nacimiento=date(2027, 3, 30))
    await clinic.work()
    rows = await clinic.rows("SELECT campaign, status, reason FROM enrolments ORDER BY id")
    assert rows == [("p.embarazo", "ended", "sigue_otra"), ("p.bebe", "active", None)]
    clinic.watch.at("2027-04-07T18:00")
    await clinic.work()
    assert (await clinic.queued())[-1] == "b1"
    clinic.watch.at("2029-03-28T18:00")
    await clinic.work()
    rows = await clinic.rows("SELECT status, reason FROM enrolments WHERE campaign = 'p.bebe'")
    assert rows == [("ended", "completa")]


async def test_only_who_was_born_early_gets_the_programme_for_that(clinic: Clinic) -> None:
    early = replace(BABY, key="p.prematuro", early=True)
    await clinic.seed(PREGNANCY, BABY, early)
    for born in (date(2027, 2, 1), date(2027, 3, 30)):
        contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
        await move(clinic, contact, fecha_nacimiento=born)
    rows = await clinic.rows(
        "SELECT rank() OVER (ORDER BY contact_id), campaign FROM enrolments WHERE status = 'active' ORDER BY 1, 2"
    )
    assert rows == [(1, "p.bebe"), (1, "p.prematuro"), (3, "p.bebe")]


@pytest.mark.parametrize(
    ("born", "second"), [(date(2027, 3, 30), "2027-04-14"), (date(2027, 2, 1), "2027-04-17")], ids=["term", "early"]
)
async def test_a_baby_born_early_is_spoken_of_by_corrected_age(clinic: Clinic, born: date, second: str) -> None:
    await clinic.seed(PREGNANCY, BABY)
    clinic.watch.at("2027-02-01T12:00")
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    clinic.watch.at(f"{born}T23:00")
    await move(clinic, contact, fecha_nacimiento=born)
    for _ in range(2):
        await clinic.work()
        moment = await clinic.one("SELECT next_at FROM enrolments WHERE campaign = 'p.bebe'")
        clinic.watch.at(str(moment).replace(" ", "T"))
    assert f"{clinic.watch.moment:%Y-%m-%d}" == second


async def test_a_pause_holds_everything_and_going_on_brings_no_backlog(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    async with clinic.sessions.begin() as session:
        assert await enrolment.pause(session, contact, enrolment.LOSS, clinic.watch.moment) == 1
    clinic.watch.at("2026-11-20T18:00")
    await clinic.work()
    async with clinic.sessions.begin() as session:
        assert await enrolment.resume(session, contact, [enrolment.LOSS], clinic.watch.moment) == 1
    await clinic.work()
    assert await clinic.queued() == []
    clinic.watch.at("2026-11-21T18:00")
    await clinic.work()
    assert await clinic.queued() == ["s21"]


async def test_after_an_outage_what_is_too_late_is_left_out_and_counted(clinic: Clinic) -> None:
    await clinic.seed(replace(PREGNANCY, events=(week(20), week(21, late_hours=48))))
    await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    clinic.watch.at("2026-11-23T12:00")  # week 20: nine days ago; week 21: forty-four hours
    await clinic.work()
    assert await clinic.queued() == ["s21"]
    assert await counted(clinic) == {"encolada": 1, "tarde": 1}


async def test_who_has_left_or_has_not_agreed_gets_nothing_and_goes_on_when_back(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    gone = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    await clinic.person("p.embarazo", consented=False, fecha_probable_parto=DUE)
    async with clinic.sessions.begin() as session:
        await session.execute(text("UPDATE contacts SET opted_out_at = now() WHERE id = :id"), {"id": gone})
    clinic.watch.at("2026-11-14T18:00")
    await clinic.work()
    assert await clinic.queued() == []
    assert await counted(clinic) == {"baja": 1, "sin_consentimiento": 1, "tarde": 2}
    async with clinic.sessions.begin() as session:
        await session.execute(text("UPDATE contacts SET opted_out_at = NULL"))
    clinic.watch.at("2026-11-21T18:00")
    await clinic.work()
    assert await clinic.queued() == ["s21"]


async def test_several_schedulers_at_once_send_each_message_once(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    for _ in range(40):
        await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    clinic.watch.at("2026-11-14T18:00")
    crew = [replace(clinic.scheduler, batch=7) for _ in range(4)]
    await asyncio.gather(*(until_idle(one) for one in crew))
    assert await clinic.queued() == ["s20"] * 40
    assert await clinic.one("SELECT count(DISTINCT conversation_id) FROM outbound_messages") == 40


class Died(Exception):
    pass


class Mortal:
    """Flows whose process dies in the middle of the scheduler's transaction."""

    async def start(self, session: AsyncSession, starts: object) -> None:
        raise Died


async def test_a_scheduler_that_dies_half_way_has_done_nothing(clinic: Clinic) -> None:
    await clinic.seed(replace(PREGNANCY, events=(week(20, flow="p/consulta"),)))
    await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    clinic.watch.at("2026-11-14T18:00")
    with pytest.raises(Died):
        await until_idle(replace(clinic.scheduler, flows=Mortal()))
    assert await clinic.queued() == []
    await clinic.work()
    await clinic.work()
    assert await clinic.queued() == ["s20"]
    assert [start.flow for start in clinic.flows.begun] == ["p/consulta"]


async def test_a_new_edition_of_the_programme_holds_at_once_for_everybody(clinic: Clinic) -> None:
    await clinic.seed(PREGNANCY)
    contact = await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    await clinic.work()
    await clinic.seed(replace(PREGNANCY, events=(week(19, at=time(17)), week(20))))
    await clinic.work()
    assert str(await clinic.next_at(contact)) == "2026-11-07 23:00:00+00:00"


async def test_events_have_campaigns_too_and_move_with_their_appointment(clinic: Clinic) -> None:
    reminders = Programme(
        "p.cita",
        "Cita",
        (Event("antes_3", days=-3, at=TEN, text="En tres días."), Event("despues", minutes=0, text="¿Cómo te fue?")),
        on="appointment",
        outbound_class="notice",
    )
    await clinic.seed(PREGNANCY, reminders)
    contact = await clinic.person("p.embarazo", consented=False)
    conversation = await clinic.one("SELECT id FROM conversations")
    assert isinstance(conversation, int)
    for day in (12, 15):
        async with clinic.sessions.begin() as session:
            at = clinic.watch.moment.replace(day=day, hour=17)
            now = clinic.watch.moment
            assert await enrolment.happened(session, contact, conversation, "appointment", "cita:1", at, now) == 1
    for day in range(8, 17):
        clinic.watch.at(f"2026-11-{day:02}T17:00")
        await clinic.work()
    rows = await clinic.rows("SELECT ref->>'event', created_at::date::text FROM outbound_messages ORDER BY id")
    assert [row[0] for row in rows] == ["antes_3", "despues"]
    assert clinic.watch.moment.day == 16


async def test_an_unsigned_health_campaign_is_not_sent_in_production(clinic: Clinic) -> None:
    await clinic.seed(replace(PREGNANCY, health=True))
    await clinic.person("p.embarazo", fecha_probable_parto=DUE)
    clinic.watch.at("2026-11-14T18:00")
    desk = clinic.scheduler.desk
    production = replace(desk, settings=desk.settings.model_copy(update={"env": "production"}))
    await until_idle(replace(clinic.scheduler, desk=production))
    assert await clinic.queued() == []
    await clinic.work()
    assert await clinic.queued() == ["s20"]
