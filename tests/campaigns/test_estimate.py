"""What campaigns will cost and have cost, and what the terminal says of it."""

from __future__ import annotations

import asyncio
from datetime import date, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from backend.campaigns.estimate import Amount, ahead, so_far
from backend.campaigns.programme import Event, Programme
from backend.campaigns.rules import set_limits
from backend.cli import app
from tests.campaigns.clinic import Clinic

FILLING = "a" * 148
CAMPAIGN = Programme(
    "p.embarazo",
    "Embarazo",
    tuple(Event(f"s{n}", days=-280 + 7 * n + 1, at=time(10), text=f"{{nombre}}: {n} {FILLING}") for n in (19, 20, 30)),
    relative_to="fecha_probable_parto",
)
ZONE = ZoneInfo("America/Monterrey")


async def test_cost_before_and_after(clinic: Clinic) -> None:
    await clinic.seed(CAMPAIGN)
    for _ in range(3):
        await clinic.person("p.embarazo", fecha_probable_parto=date(2027, 4, 2), nombre="Ana")
    month = clinic.watch.moment + timedelta(days=30)
    async with clinic.sessions() as session:
        before = await ahead(session, ZONE, clinic.watch.moment, month)
    assert before == {"p.embarazo": Amount(people=3, messages=6, segments=12)}  # a name makes it two segments
    for day in ("07", "14"):
        clinic.watch.at(f"2026-11-{day}T18:00")
        await clinic.work()
    async with clinic.sessions.begin() as session:
        await session.execute(text("UPDATE outbound_messages SET attempts = 1"))
        assert await so_far(session, clinic.watch.moment - timedelta(days=30)) == {"p.embarazo": Amount(3, 6, 6)}


async def test_the_terminal_shows_and_changes_it(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    await clinic.seed(CAMPAIGN)
    async with clinic.sessions.begin() as session:
        await set_limits(session, 100, None, Decimal("0.5"), clinic.watch.moment)
        await session.execute(text("INSERT INTO spending VALUES ('2026-11-01', 'reply', 85, 80)"))
    monkeypatch.setenv("VENTANILLA_DATABASE_URL", clinic.desk.settings.database_url)
    from backend.settings import get_settings

    get_settings.cache_clear()

    async def run(*words: str) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, app, list(words))
        assert done.exit_code == 0, done.output
        return done.output

    assert "día: 85 segmentos de 100 (85%), 42.50 MXN  ! queda poco" in await run("budget")
    assert "día: 85 segmentos, sin límite" in await run("budget", "--day", "0")
    assert "p.embarazo" not in await run("campaigns")
    assert "detenidos" in await run("stop-sending")
    assert "Ya estaban" in await run("stop-sending")
    assert "en marcha" in await run("resume-sending")
    assert await clinic.rows("SELECT action FROM audit_entries ORDER BY id DESC LIMIT 1") == [("resume_sending",)]
    get_settings.cache_clear()
