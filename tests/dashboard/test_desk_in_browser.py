"""The desk in a real browser: live, by keyboard, on a small screen, with colours that can be read."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, async_playwright, expect

from backend.serving import serving
from tests.dashboard.conftest import PASSWORD, Citizens, Staff
from tests.fixtures_road import free_port

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
CONTRAST = (Path(__file__).parents[1] / "simulator" / "contrast.js").read_text("utf-8")
ANA = "ana@municipio.example"


@pytest.fixture
async def page(staff: Staff) -> AsyncIterator[Page]:
    """Somebody who may answer has just signed in, by keyboard."""
    await staff.hire("supervisor", email=ANA)
    port, complaints = free_port(), []
    assert CHROMIUM, "Falta Chromium: instala el paquete chromium."
    async with serving(staff.town.app, port), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = await browser.new_page(base_url=f"http://127.0.0.1:{port}", viewport={"width": 1280, "height": 860})
        opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.goto("/")
        await opened.keyboard.type(ANA)
        await opened.keyboard.press("Tab")
        await opened.keyboard.type(PASSWORD)
        await opened.keyboard.press("Enter")
        await expect(opened.locator("#live")).to_contain_text("En vivo")
        yield opened
        await browser.close()
    assert complaints == []


async def test_a_conversation_is_seen_taken_answered_and_given_back(
    staff: Staff, citizens: Citizens, page: Page
) -> None:
    await citizens.write("necesito hablar con alguien")
    await page.get_by_text("necesito hablar con alguien").click()
    await page.get_by_role("button", name="Tomar").click()
    await page.get_by_label("Tu respuesta").fill("Sí, mañana")
    await expect(page.locator("#cost")).to_contain_text("10 caracteres · 1 segmento")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".operator .text")).to_have_text("Sí, mañana")
    await page.get_by_label("Tu respuesta").fill("a medio escribir")
    await staff.town.deliver()
    await expect(page.locator(".operator .meta")).to_contain_text("Entregado", timeout=8000)
    await expect(page.get_by_label("Tu respuesta")).to_have_value("a medio escribir")
    await page.get_by_role("button", name="Devolver al asistente").click()
    await expect(page.locator(".floor")).to_contain_text("Atiende el asistente")


async def test_what_is_written_before_the_scripts_arrive_is_measured_too(citizens: Citizens, page: Page) -> None:
    await citizens.write("necesito hablar con alguien")
    await page.get_by_text("necesito hablar con alguien").click()
    await page.get_by_role("button", name="Tomar").click()
    waiting: list[Route] = []
    await page.route("**/estatico/desk.js", lambda route: waiting.append(route))
    await page.reload(wait_until="commit")
    await page.get_by_label("Tu respuesta").fill("Sí, mañana")
    while not waiting:
        await asyncio.sleep(0.01)
    await waiting.pop().continue_()
    await expect(page.locator("#cost")).to_contain_text("10 caracteres · 1 segmento")


async def test_an_alarm_appears_by_itself_and_can_be_read_on_any_screen(
    staff: Staff, citizens: Citizens, page: Page
) -> None:
    number = await citizens.write("me sale mucha sangre", department="salud")
    await expect(page.locator(".badge.alarm")).to_be_visible(timeout=8000)
    await expect(page).to_have_title("(1) Conversaciones · Municipio de Ejemplo")
    for path in ("/", f"/conversaciones/{number}", "/alarmas", "/avisos", "/envios", "/auditoria", "/contrasena"):
        await page.goto(path)
        for width in (1280, 360, 320):
            await page.set_viewport_size({"width": width, "height": 700})
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        ratio, where = await page.evaluate(CONTRAST)
        assert ratio >= 4.5, f"{path}: {ratio:.2f}: {where}"
    await page.goto(f"/conversaciones/{number}")
    await page.get_by_role("button", name="Acusar recibo").click()
    await expect(page.get_by_role("button", name="Cerrar alarma")).to_be_visible()


async def test_menu_search_and_assigning_on_a_telephone(citizens: Citizens, page: Page) -> None:
    await citizens.write("el semáforo está roto", department="transito")
    await page.set_viewport_size({"width": 360, "height": 740})

    async def fits() -> bool:
        return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))

    await page.goto("/alarmas")
    await expect(page.locator("nav.sections")).to_be_hidden()
    await page.locator(".menu summary").click()
    assert await fits()
    await page.get_by_role("link", name="Conversaciones").click()
    await page.get_by_label("Folio, teléfono completo o palabras").fill("SEMAFORO")
    await page.get_by_role("button", name="Buscar").click()
    assert await fits()
    await page.get_by_text("el semáforo está roto").click()
    await page.locator("summary", has_text="Asignar").click()
    await page.get_by_label("¿Quién la atiende?").select_option("Agua y Drenaje")
    assert await fits()
    await page.get_by_role("button", name="Asignar").click()
    await expect(page.locator(".floor")).to_contain_text("la pasaron de otro departamento")
