"""The page of sending: the brake, who may pull it, the budget, and the campaigns with their people and cost."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from sqlalchemy import text

from backend.campaigns.budget import spend
from backend.campaigns.enrolment import enrol, seed_programmes
from backend.campaigns.programme import Event, Programme
from backend.campaigns.rules import set_limits
from backend.clock import now
from backend.db import Sessions
from tests.dashboard.conftest import Citizens, Staff

CAMPAIGN = Programme("salud.consejos", "Consejos", (Event("c1", at=time(10), text="Hola"),), starts=date(2020, 1, 1))


async def stopped(staff: Staff) -> bool:
    return bool(await staff.town.one("SELECT stopped_at IS NOT NULL FROM sending_rules"))


async def test_sending_is_stopped_and_resumed(staff: Staff) -> None:
    browser = await staff.enter("supervisor")
    assert "Envíos detenidos" not in (await browser.get("/envios")).text
    assert (await browser.post("/envios/detener")).headers["location"] == "/envios?hecho=stop_sending"
    assert (await browser.post("/envios/detener")).headers["location"] == "/envios?hecho=unchanged"
    assert await stopped(staff)
    page = (await browser.get("/envios")).text
    assert "Los detuvo Persona supervisor" in page and "Las respuestas y las alarmas siguen saliendo." in page
    await browser.post("/envios/reanudar")
    assert not await stopped(staff)
    audited = await staff.town.rows(
        "SELECT action, operator_id, ip FROM audit_entries WHERE subject = 'sending_rules' ORDER BY id"
    )
    assert audited == [(what, 1, "10.0.0.1") for what in ("stop_sending", "stop_sending", "resume_sending")]
    assert "Detuvo los envíos" in (await browser.get("/auditoria")).text


async def test_every_page_says_that_sending_is_stopped(staff: Staff) -> None:
    browser = await staff.enter("supervisor")
    await browser.get("/envios")
    await browser.post("/envios/detener")
    for path in ("/", "/lista", "/alarmas", "/avisos", "/auditoria", "/estudios", "/contrasena"):
        assert 'class="badge stopped"' in (await browser.get(path)).text, path


async def test_who_may_stop_sending(staff: Staff) -> None:
    for role, may in (("observador", False), ("operador", False), ("supervisor", True), ("administrador", True)):
        browser = await staff.enter(role)
        assert (await browser.get("/envios")).status_code == (200 if may else 403), role
        assert (await browser.post("/envios/detener")).status_code == (303 if may else 403), role
        assert await stopped(staff) is may
        await browser.post("/envios/reanudar")


async def test_another_sites_form_stops_nothing(staff: Staff) -> None:
    browser = await staff.enter("supervisor")
    browser.csrf = "de-otra-pagina"
    assert (await browser.post("/envios/detener")).status_code == 403
    assert not await stopped(staff)


async def test_the_budget_warns_at_80_percent(staff: Staff) -> None:
    browser = await staff.enter("administrador")
    today = now().astimezone(staff.town.app.state.renderer.zone).date()
    for spent, says in ((79, ""), (80, "Queda poco"), (100, "Agotado")):
        async with staff.town.sessions.begin() as session:
            await set_limits(session, 100, None, Decimal("0.5"), now())
            await session.execute(text("DELETE FROM spending"))
            await spend(session, today, {"campaign": spent}, {"campaign": 1})
        page = (await browser.get("/envios")).text
        assert f"{spent} de 100 segmentos ({spent}%) · {spent / 2:.2f} MXN" in page
        assert [words for words in ("Queda poco", "Agotado") if words in page] == ([says] if says else [])


async def test_campaigns_with_their_people_and_their_cost(staff: Staff, citizens: Citizens) -> None:
    signed = Programme(
        "salud.bebe", "Bebé", (Event("b1", days=40_000, at=time(10), text="Hola"),), starts=date(2020, 1, 1),
        health=True, reviewed_by="Dra. Ejemplo",
    )  # fmt: skip
    unsigned = Programme("salud.parto", "Parto", CAMPAIGN.events, starts=date(2020, 1, 1), health=True)
    async with staff.town.sessions.begin() as session:
        await seed_programmes(session, [CAMPAIGN, signed, unsigned], now())
    for status in ("active", "paused", "ended", "ended"):
        await enrol_somebody(staff.town.sessions, await citizens.write("hola"), status)
    browser = await staff.enter("supervisor")
    page = " ".join((await browser.get("/envios")).text.split())
    assert "<td>1</td> <td>1</td> <td>2</td> <td>Dra. Ejemplo</td>" in page
    people, _, signature = page.partition("salud.parto</code></th>")[2].partition("<strong")
    assert people == " <td>0</td> <td>0</td> <td>0</td> <td>" and "Sin firmar" in signature
    assert "Próximos 30 días" not in page
    page = " ".join((await browser.get("/envios?costo=1")).text.split())
    assert "Próximos 30 días" in page and "0 mensajes a 0 personas" in page


async def enrol_somebody(sessions: Sessions, conversation: int, status: str) -> None:
    async with sessions.begin() as session:
        contact = await session.scalar(
            text("SELECT contact_id FROM conversations WHERE id = :id"), {"id": conversation}
        )
        await enrol(session, contact, conversation, "salud.bebe", now())
        await session.execute(
            text("UPDATE enrolments SET status = :status WHERE contact_id = :contact"),
            {"status": status, "contact": contact},
        )
