"""One message is enough: everything is held at once, one gentle question settles it, and it can be undone."""

from __future__ import annotations

import pytest

from backend.campaigns import life
from backend.clock import now
from tests.journeys.conftest import Journey, enrol

STATE = "SELECT campaign, status, reason FROM enrolments ORDER BY campaign"
HELD = ("salud_materna.embarazo", "paused", "perdida")
GOES_ON = ("salud_materna.embarazo", "active", None)


@pytest.fixture
async def pregnant(journey: Journey) -> Journey:
    await enrol(journey)
    await journey.until("2026-12-03 12:00")
    return journey


async def test_a_loss(pregnant: Journey) -> None:
    asked = await pregnant.says("perdí a mi bebé")
    assert "nos dices que perdiste a alguien" in asked and "bebe" not in asked
    assert await pregnant.town.rows(STATE) == [HELD]

    sorry = await pregnant.says("sí")
    assert "lo sentimos mucho" in sorry and "911" in sorry and "borrar mis datos" in sorry
    assert await pregnant.town.one("SELECT count(*) FROM staff_notes") == 1

    assert "pocas veces" in await pregnant.says("2")
    company = await pregnant.until("2026-12-10 09:00")
    assert [one.at for one in company] == ["2026-12-04 10:00", "2026-12-06 10:00", "2026-12-09 10:00"]
    assert not any("bebe" in one.text or "embarazo" in one.text for one in company)

    await pregnant.until("2026-12-12 12:00")
    ended = ("salud_materna.embarazo", "ended", "perdida")
    assert ended in await pregnant.town.rows(STATE)


async def test_she_wants_to_be_forgotten(pregnant: Journey) -> None:
    """The choice after a loss and the word BORRA do the same."""
    await pregnant.says("perdí a mi bebé")
    await pregnant.says("sí")
    assert "borramos tus datos" in await pregnant.says("4")
    assert await pregnant.until("2027-01-03 12:00") == []
    left = ("contact_values", "contact_dates", "enrolments", "flow_runs", "staff_notes")
    assert [await pregnant.town.one(f"SELECT count(*) FROM {table}") for table in left] == [0] * len(left)
    kept = await pregnant.town.rows("SELECT given FROM consents ORDER BY id")
    assert kept == [(True,), (False,)]  # what she agreed to, and that she took it back


async def test_it_was_none(pregnant: Journey) -> None:
    await pregnant.says("perdí a mi bebé")
    assert "seguimos como antes" in await pregnant.says("no")
    assert await pregnant.town.rows(STATE) == [GOES_ON]
    assert await pregnant.until("2026-12-05 12:00")


async def test_staff_undo_it_within_a_week(pregnant: Journey) -> None:
    await pregnant.says("perdí a mi bebé")
    await pregnant.says("sí")
    assert await pregnant.until("2026-12-09 12:00") == []
    async with pregnant.town.sessions.begin() as session:
        await life.not_lost(session, 1, now())
    assert await pregnant.town.rows(STATE) == [GOES_ON]
    again = await pregnant.until("2026-12-13 12:00")
    assert again and all(one.at > "2026-12-09 12:00" for one in again)
