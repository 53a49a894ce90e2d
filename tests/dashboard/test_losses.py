"""A loss that was none: who may undo it, until when, and what goes on."""

from __future__ import annotations

from datetime import timedelta

from backend.campaigns import life
from backend.clock import clock, now
from tests.dashboard.conftest import Citizens, Staff

STATE = "SELECT campaign, status, reason FROM enrolments ORDER BY campaign"
BUTTON = "No hubo pérdida"
UNDO = "/conversaciones/1/perdida/1/deshacer"


async def _loss(staff: Staff, citizens: Citizens) -> None:
    """She is in the programme, writes of a loss and chooses company."""
    await citizens.write("hola", department="salud")
    async with staff.town.sessions.begin() as session:
        await life.joined(session, 1, 1, "salud_materna", "embarazo", now())
        await life.lost(session, 1, now())
        await life.joined(session, 1, 1, "salud_materna", "duelo", now())


async def test_it_is_undone_and_written_down(staff: Staff, citizens: Citizens) -> None:
    await _loss(staff, citizens)
    browser = await staff.enter("operador", "salud")
    assert BUTTON in (await browser.get("/conversaciones/1")).text
    answer = await browser.post(UNDO)
    assert "Sus mensajes siguen" in (await browser.get(answer.headers["location"])).text
    assert await staff.town.rows(STATE) == [
        ("salud_materna.duelo", "ended", "sin_perdida"), ("salud_materna.embarazo", "active", None),
    ]  # fmt: skip
    audited = await staff.town.rows("SELECT subject_id, detail FROM audit_entries WHERE action = 'undo_loss'")
    assert audited == [("1", {"contact": 1})]
    assert BUTTON not in (await browser.get("/conversaciones/1")).text
    assert (await browser.post(UNDO)).status_code == 404


async def test_after_seven_days_there_is_no_way_back(staff: Staff, citizens: Citizens) -> None:
    await _loss(staff, citizens)
    later = now() + timedelta(days=7, minutes=1)
    with clock(lambda: later):
        browser = await staff.enter("operador", "salud")
        assert BUTTON not in (await browser.get("/conversaciones/1")).text
        assert (await browser.post(UNDO)).status_code == 404


async def test_not_everybody_may(staff: Staff, citizens: Citizens) -> None:
    await _loss(staff, citizens)
    observer = await staff.enter("observador", "salud")
    page = (await observer.get("/conversaciones/1")).text
    assert "están en pausa" in page and BUTTON not in page
    assert (await observer.post(UNDO)).status_code == 403
    assert (await (await staff.enter("operador", "registro-civil")).post(UNDO)).status_code == 404
