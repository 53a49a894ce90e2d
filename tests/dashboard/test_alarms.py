"""The page of alarms: the clock, who was called, the red line, and what a person says of one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.alarms.escalation import ring_due
from backend.clock import clock
from tests.dashboard.conftest import Citizens, Staff


async def ring(staff: Staff, minutes: float) -> None:
    """Let the telephones ring as they do this many minutes from now."""
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    with clock(lambda: moment):
        async with staff.town.sessions.begin() as session:
            await ring_due(session, staff.town.desk, moment)


async def told(staff: Staff) -> list[str]:
    """What has been said to the citizen since the answer of safety."""
    rows = await staff.town.rows(
        "SELECT redacted_text FROM outbound_messages WHERE conversation_id = 1 AND inbound_id IS NULL ORDER BY id"
    )
    return [str(row[0]) for row in rows]


async def test_an_alarm_with_its_clock_and_the_red_line(staff: Staff, citizens: Citizens) -> None:
    await citizens.write("me sale mucha sangre", department="salud")
    browser = await staff.enter("operador")
    await ring(staff, 0)
    page = (await browser.get("/alarmas")).text
    assert "Nadie la ha leído." in page and "(1 llamada); la siguiente, en 5 min" in page
    assert 'class="notice problem red"' not in page
    for minutes in range(5, 35, 5):
        await ring(staff, minutes)
    page = (await browser.get("/alarmas/lista")).text
    assert "alarmed overdue" in page and "ya se llamó a toda la guardia" in page
    assert "nadie contesta una alarma" in page and "nadie contesta una alarma" in (await browser.get("/")).text
    await browser.get("/alarmas")
    await browser.post("/alarmas/1/acuse")
    assert "nadie contesta" not in (await browser.get("/alarmas")).text


@pytest.mark.parametrize(
    ("verdict", "shown", "she_hears", "closed", "follow_up_hours"),
    [
        ("danger", "Clasificada: señal de peligro.", True, False, 4),
        ("worry", "Clasificada: inquietud.", True, False, 24),
        ("mistake", "Clasificada: error.", False, True, None),
    ],
)
async def test_triage(
    staff: Staff, citizens: Citizens, verdict: str, shown: str, she_hears: bool, closed: bool, follow_up_hours: int
) -> None:
    await citizens.write("me sale mucha sangre", department="salud")
    browser = await staff.enter("operador", "salud")
    await browser.get("/conversaciones/1")
    answer = await browser.post(f"/alarmas/1/triage/{verdict}")
    assert answer.status_code == 303
    assert shown in (await browser.get("/alarmas?cerradas=1" if closed else "/alarmas")).text
    assert any("ya leyó tu mensaje" in text for text in await told(staff)) is she_hears
    state = await staff.town.rows(
        "SELECT closed_at IS NOT NULL, EXTRACT(epoch FROM follow_up_at - opened_at)::int / 3600, triage "
        "FROM escalations JOIN alarms ON alarms.id = alarm_id"
    )
    assert state == [(closed, follow_up_hours, verdict)]
    audited = await staff.town.rows("SELECT detail->>'triage' FROM audit_entries WHERE action = 'triage'")
    assert audited == [(verdict,)]
    await ring(staff, 1)
    assert await staff.town.one("SELECT count(*) FROM alarm_rings") == 0


async def test_who_only_looks_judges_nothing(staff: Staff, citizens: Citizens) -> None:
    await citizens.write("me sale mucha sangre", department="salud")
    browser = await staff.enter("observador")
    page = (await browser.get("/alarmas")).text
    assert "Señal de peligro de salud" in page and "Acusar recibo" not in page
    assert (await browser.post("/alarmas/1/triage/mistake")).status_code == 403
    assert (await browser.post("/alarmas/1/triage/otra")).status_code == 404


async def test_another_departments_alarm_is_not_there(staff: Staff, citizens: Citizens) -> None:
    await citizens.write("me sale mucha sangre", department="salud")
    browser = await staff.enter("operador", "registro-civil")
    assert "Señal de peligro" not in (await browser.get("/alarmas")).text
    for verb in ("acuse", "cerrar", "triage/mistake"):
        assert (await browser.post(f"/alarmas/1/{verb}")).status_code == 404
