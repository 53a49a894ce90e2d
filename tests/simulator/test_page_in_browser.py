"""The page in a real browser: what a person sees, with mouse, keyboard and on a small screen."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser, Page, async_playwright, expect

from channels.base import Choice

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
ACTA = "ola kiero saver cuanto cuesta el acta d mi ijo"


# one browser for all, so one event loop for all
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def bench(set_up):
    async for made in set_up():
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        assert CHROMIUM, "Falta Chromium: instala el paquete chromium."
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def address(bench) -> AsyncIterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(bench.app, port=port, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}/simulator"
    server.should_exit = True
    await serving


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, address) -> AsyncIterator[Page]:
    opened = await browser.new_page(viewport={"width": 1280, "height": 860})
    complaints: list[str] = []
    opened.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    await opened.goto(address)
    await expect(opened.locator("#live")).to_have_text("En vivo")
    yield opened
    await opened.close()
    assert complaints == []


async def say(bench, to, text, **values):
    messenger = not to.startswith("+")
    channel = bench.messenger if messenger else bench.twilio
    line = bench.simulator.settings.page_id if messenger else ""
    await channel.send(bench.message(to, text, line=line, last_inbound_at=bench.clock(), **values), bench.http)


async def test_an_sms_and_its_answer_with_segments_and_example_cost(bench, page):
    sms = page.locator("#panel-sms")
    await sms.get_by_role("button", name=ACTA).click()
    await expect(sms.locator(".mine .text")).to_have_text(ACTA)
    await expect(sms.locator(".mine .meta")).to_contain_text("1 segmento · GSM-7 · $0.50 (ej.) · Entregado")
    await say(bench, "+525500001001", "Cuesta 68 pesos.")
    await expect(sms.locator(".theirs .text")).to_have_text("Cuesta 68 pesos.")
    await expect(sms.locator(".total")).to_have_text("Total: 2 segmentos, $1.00 (precio de ejemplo)")


async def test_the_counter_follows_the_keyboard(bench, page):
    sms = page.locator("#panel-sms")
    box = sms.get_by_role("textbox", name="Mensaje")
    await box.fill("x" * 161)
    await expect(sms.locator(".counter")).to_contain_text("161 de 306 · 2 segmentos")
    await box.fill("está")
    await expect(sms.locator(".counter")).to_contain_text("UCS-2")
    await expect(sms.locator(".why")).to_contain_text("«á»")
    await box.press("Enter")
    await expect(sms.locator(".mine .text")).to_have_text("está")
    await expect(box).to_have_value("")


async def test_quick_replies_vanish_after_a_tap(bench, page):
    chat, profile = page.locator("#panel-chat"), "5500000000001001"
    await chat.get_by_role("button", name="hay un bache").click()
    await expect(chat.locator(".mine")).to_have_count(1)
    await bench.messenger.typing(bench.message(profile, "", line=bench.simulator.settings.page_id), bench.http)
    await expect(chat.locator(".typing")).to_be_visible()
    choices = (Choice("Centro", "colonia:centro"), Choice("Otra", "colonia:otra"))
    await say(bench, profile, "¿En qué colonia?", choices=choices)
    await expect(chat.locator(".typing")).to_be_hidden()
    await chat.get_by_role("button", name="Centro").click()
    await expect(chat.locator(".quick button")).to_have_count(0)
    await expect(chat.locator(".mine .text").last).to_have_text("Centro")
    await bench.simulator.drain()
    assert bench.desk.inbound[-1].choice == "colonia:centro"
    assert any(status.status == "read" for status in bench.desk.statuses)


async def test_photo_voice_place_and_file(bench, page):
    chat = page.locator("#panel-chat")
    sent = {"una foto": "img.photo", "una nota": "audio", "una ubicación": ".map", "un documento": ".document"}
    for name, shown in sent.items():
        await chat.get_by_role("button", name=f"Mandar {name}").click()
        await expect(chat.locator(f".mine {shown}")).to_be_visible()


async def test_another_person_has_an_empty_phone(bench, page):
    sms = page.locator("#panel-sms")
    await sms.get_by_role("button", name=ACTA).click()
    await expect(sms.locator(".mine")).to_have_count(1)
    await sms.get_by_role("button", name="Otra persona").click()
    await expect(sms.locator(".number")).to_have_text("55 0000 1002 · ficticio")
    await expect(sms.locator(".mine")).to_have_count(0)
    await sms.get_by_label("Quién escribe").select_option(label="Teléfono de prueba 1")
    await expect(sms.locator(".mine")).to_have_count(1)


async def test_faults_go_on_and_off(bench, page):
    panel = page.locator("#panel-faults")
    await panel.get_by_text("Repite los avisos").click()
    await panel.get_by_text("Se dio de baja").click()
    await expect(page.locator("#faults-badge")).to_have_text("2")
    faults = bench.simulator.provider.faults
    assert (faults.repeat_webhooks, faults.opted_out) == (1, frozenset({"+525500001001"}))
    await panel.get_by_label("Repite los avisos: copias de más").fill("3")
    await panel.get_by_label("Repite los avisos: copias de más").press("Tab")
    assert await bench.simulator.wait_until(lambda: bench.simulator.provider.faults.repeat_webhooks == 3, 5)
    await panel.get_by_role("button", name="Apagar todas").click()
    await expect(page.locator("#faults-badge")).to_be_hidden()


async def test_text_is_text(bench, page):
    sms = page.locator("#panel-sms")
    wild = "<img src=x onerror=alert(1)> \u202eabc"
    await sms.get_by_role("textbox", name="Mensaje").fill(wild)
    await sms.get_by_role("button", name="Enviar").click()
    await expect(sms.locator(".mine .text")).to_have_text(wild)
    await expect(sms.locator(".mine img")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 360])
async def test_one_phone_at_a_time_on_a_small_screen(bench, page, width):
    await page.set_viewport_size({"width": width, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    for shown, hidden in [("sms", "chat"), ("chat", "faults"), ("faults", "sms")]:
        await expect(page.locator(f"#panel-{shown}")).to_be_visible()
        await expect(page.locator(f"#panel-{hidden}")).to_be_hidden()
        await page.locator(f"#tab-{shown}").press("ArrowRight")
    await expect(page.locator("#tab-sms")).to_be_focused()


async def test_a_question_with_many_quick_replies_stays_in_sight_on_a_small_screen(bench, page):
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.locator("#tab-chat").click()
    chat, profile = page.locator("#panel-chat"), "5500000000001001"
    await chat.get_by_role("button", name=ACTA).click()
    await expect(chat.locator(".mine")).to_have_count(1)
    for n in range(4):
        await say(bench, profile, "Registrar a tu bebé es gratis y la primera copia también. " * 2, id=f"ob-{n}")
    choices = tuple(Choice(f"Acta de lo que sea {n}", f"acta:{n}") for n in range(8))
    await say(bench, profile, "¿De qué trámite? Elige o escríbelo.", id="ob-9", choices=choices)
    await expect(chat.get_by_text("¿De qué trámite?")).to_be_in_viewport(ratio=1)
    await expect(chat.locator(".quick button").first).to_be_in_viewport(ratio=1)
    assert await page.evaluate("[document.body.scrollWidth, document.documentElement.scrollHeight]") == [360, 640]
    await chat.locator(".quick button").last.click()
    await expect(chat.locator(".mine .text").last).to_have_text("Acta de lo que sea 7")


async def test_contrast_is_enough_everywhere(bench, page):
    sms = page.locator("#panel-sms")
    await sms.get_by_role("button", name=ACTA).click()
    await sms.get_by_role("textbox", name="Mensaje").fill("Está lloviendo")
    await say(bench, "+525500001001", "Cuesta 68 pesos. https://ventanilla.example/actas")
    # the answer and the line about «á» move the phrases: who taps one as they come misses it
    await expect(sms.locator(".theirs .text")).to_be_visible()
    await expect(sms.locator(".why")).to_contain_text("«á»")
    bench.desk.down = True
    await sms.get_by_role("button", name="me sale mucha sangre").click()
    await expect(sms.locator(".failed")).to_be_visible()
    await page.locator("#log summary").click()
    ratio, where = await page.evaluate(CONTRAST)
    assert ratio >= 4.5, f"{ratio:.2f}: {where}"
