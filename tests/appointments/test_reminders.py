"""When people are reminded: by their own clock, once, within decent hours, and never of what is off."""

from __future__ import annotations

import pytest

from backend.appointments.reminders import remind_due
from backend.appointments.service import move, settle
from backend.clock import now
from tests.appointments.conftest import Clinic


async def test_three_days_and_one_day_before_and_the_day_after(clinic: Clinic) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04", "10:30", "Centro de Salud Norte")
    assert await clinic.on("2026-12-01T09:59", phone) == []
    assert await clinic.on("2026-12-01T10:00", phone) == [
        "Recordatorio: tienes cita el viernes 4 de diciembre, a las 10:30 en Centro de Salud Norte. "
        "Responde SI si vas a ir o CAMBIAR si necesitas otra fecha."
    ]
    assert await clinic.on("2026-12-03T10:00", phone) == [
        "Recordatorio: tu cita es mañana, viernes 4 de diciembre, a las 10:30 en Centro de Salud Norte. "
        "Responde SI si vas a ir o CAMBIAR si necesitas otra fecha."
    ]
    assert await clinic.on("2026-12-04T12:00", phone) == []
    assert await clinic.on("2026-12-05T10:00", phone) == ["¿Fuiste a tu cita de ayer? Responde SI o NO."]
    assert await clinic.row("step, next_at") == (None, None)


async def test_by_the_clock_of_the_person(clinic: Clinic) -> None:
    """Tijuana is two hours behind Monterrey in winter."""
    phone = await clinic.person("America/Tijuana")
    await clinic.appointment("2026-12-04")
    assert await clinic.on("2026-12-01T11:59", phone) == []
    assert len(await clinic.on("2026-12-01T12:00", phone)) == 1


async def test_the_wall_clock_stays_when_the_clocks_change(clinic: Clinic) -> None:
    """Tijuana puts its clocks forward on 14 March 2027: ten in the morning is 17:00 UTC from then on."""
    await clinic.person("America/Tijuana")
    await clinic.appointment("2027-03-15")
    clinic.at("2027-03-12T12:00")
    await clinic.sweep()
    assert str((await clinic.row("next_at AT TIME ZONE 'UTC'"))[0]) == "2027-03-14 17:00:00"


async def test_what_was_told_just_now_is_not_repeated(clinic: Clinic) -> None:
    phone = await clinic.person()
    clinic.at("2026-12-03T09:30")
    await clinic.appointment("2026-12-04")
    assert await clinic.on("2026-12-03T10:00", phone) == []
    assert len(await clinic.on("2026-12-05T10:00", phone)) == 1


async def test_nothing_is_made_up_for_after_a_day_of_outage(clinic: Clinic) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    assert await clinic.on("2026-12-02T08:00", phone) == []
    assert len(await clinic.on("2026-12-03T15:00", phone)) == 1, "the same day it is still worth it"


async def test_a_changed_date_moves_the_reminders(clinic: Clinic) -> None:
    phone = await clinic.person()
    appointment = await clinic.appointment("2026-12-04")
    await clinic.on("2026-12-01T10:00", phone)
    async with clinic.town.sessions.begin() as session:
        from datetime import date

        from backend.appointments.models import Appointment

        row = await session.get_one(Appointment, appointment)
        await move(session, clinic.town.desk, row, date(2026, 12, 10), None)
    assert await clinic.on("2026-12-03T10:00", phone) == []
    (again,) = await clinic.on("2026-12-07T10:00", phone)
    assert "jueves 10 de diciembre" in again


@pytest.mark.parametrize("queued_first", [False, True], ids=["before it is queued", "before it has gone"])
async def test_a_cancelled_appointment_sends_nothing(clinic: Clinic, queued_first: bool) -> None:
    phone = await clinic.person()
    appointment = await clinic.appointment("2026-12-04")
    clinic.at("2026-12-01T10:00")
    if queued_first:
        async with clinic.town.sessions.begin() as session:
            await remind_due(session, clinic.town.desk, now())
    await clinic.change(appointment, settle, "cancelled")
    for day in ("01", "03", "05"):
        assert await clinic.on(f"2026-12-{day}T10:00", phone) == []


async def test_who_has_left_is_not_reminded(clinic: Clinic) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    await phone.send("BAJA")
    await clinic.town.deliver()
    clinic.new(phone)
    assert await clinic.on("2026-12-01T10:00", phone) == []


async def test_a_sweep_that_dies_reminds_neither_twice_nor_never(clinic: Clinic) -> None:
    phone = await clinic.person()
    await clinic.appointment("2026-12-04")
    clinic.at("2026-12-01T10:00")
    for _ in range(2):
        async with clinic.town.sessions() as session:
            assert await remind_due(session, clinic.town.desk, now()) == 1
            await session.rollback()
    async with clinic.town.sessions.begin() as one, clinic.town.sessions.begin() as other:
        assert await remind_due(one, clinic.town.desk, now()) == 1
        assert await remind_due(other, clinic.town.desk, now()) == 0
    await clinic.sweep()
    assert len(clinic.new(phone)) == 1


async def test_the_same_appointment_told_twice_is_one(clinic: Clinic) -> None:
    await clinic.person()
    first = await clinic.appointment("2026-12-04")
    assert await clinic.appointment("2026-12-04", "09:00") == first
    assert await clinic.row("at::text") == ("09:00:00",)
