"""What a person sees in Chromium: both phones and the desk of one running installation."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from backend.commands.parts import demo_operator
from backend.up.configuration import DEMO_SIGN_IN, development_secrets
from tests.installation.house import House

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = pytest.mark.timeout(400)  # with the start of the installation
PATIENCE = 30_000  # milliseconds, of a loaded machine
ENROLMENT = (
    ("quiero inscribirme al programa de embarazo", "Aceptas"),
    ("sí acepto", "te llamas"),
    ("me llamo Elena Cruz", "esperando"),
    ("[Estoy embarazada]", "semanas o meses"),
    ("20 semanas", "municipio vives"),
    ("Tecámac", "centro de salud vas"),
    ("no sé", "años tienes"),
    ("24", "folio"),
)


@pytest.fixture(scope="module")
def password(house: House) -> str:
    """The demo's person has an account; what to type. Before the browser, whose event loop allows no other."""
    made = development_secrets(house.folder)["VENTANILLA_DEMO_PASSWORD"]
    asyncio.run(demo_operator(house.installation.env["VENTANILLA_DATABASE_URL"], made))
    return made


@pytest.fixture(scope="module")
def browser(password: str) -> Iterator[Browser]:
    assert CHROMIUM, "Falta Chromium: instala el paquete chromium."
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def phones(browser: Browser, house: House) -> Iterator[Page]:
    """The page with both phones, each in the hand of somebody new."""
    with _page(browser, house) as page:
        page.goto("/simulator")
        expect(page.locator("#live")).to_have_text("En vivo")
        for panel in ("#panel-sms", "#panel-chat"):
            _to_somebody_new(page.locator(panel))
        yield page


def _to_somebody_new(phone: Locator) -> None:
    """Whoever types before the page shows the other person writes as the one before."""
    person = phone.get_by_role("combobox", name="Quién escribe")
    expect(person).not_to_have_value("")
    before = person.input_value()
    phone.get_by_role("button", name="Otra persona").click()
    expect(person).not_to_have_value(before)
    expect(phone.locator(".mine")).to_have_count(0)


@pytest.fixture
def desk(browser: Browser, house: House, password: str) -> Iterator[Page]:
    """The operator's screen, signed in as the demo's person."""
    with _page(browser, house) as page:
        page.goto("/")
        page.get_by_label("Correo").fill(DEMO_SIGN_IN)
        page.get_by_label("Contraseña").fill(password)
        page.get_by_role("button", name="Entrar").click()
        expect(page.locator("#live")).to_contain_text("En vivo")
        yield page


class _page:
    """A page that allows no complaint of the browser."""

    def __init__(self, browser: Browser, house: House) -> None:
        self._page = browser.new_page(base_url=house.installation.base_url, viewport={"width": 1280, "height": 860})
        self._page.set_default_timeout(PATIENCE)
        self._complaints: list[str] = []

    def __enter__(self) -> Page:
        self._page.on("console", lambda line: self._complaints.append(line.text) if line.type == "error" else None)
        self._page.on("pageerror", lambda error: self._complaints.append(str(error)))
        return self._page

    def __exit__(self, kind: object, *_: object) -> None:
        self._page.close()
        assert kind is not None or self._complaints == []


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


def _type(phone: Locator, words: str) -> None:
    box = phone.get_by_role("textbox", name="Mensaje")
    box.fill(words)
    box.press("Enter")


def test_a_question_on_the_sms_handset_gets_its_answer(phones: Page) -> None:
    handset = phones.locator("#panel-sms")
    _type(handset, "cuanto cuesta el acta de nacimiento")
    expect(handset.locator(".theirs .text").last).to_contain_text("pesos")
    expect(handset.locator(".theirs .meta").last).to_contain_text("GSM-7")


def test_an_enrolment_on_the_chat_with_a_tap(phones: Page) -> None:
    chat = phones.locator("#panel-chat")
    for words, answer in ENROLMENT:
        if words.startswith("["):
            chat.locator(".quick").get_by_role("button", name=words.strip("[]")).click()
        else:
            _type(chat, words)
        expect(chat.locator(".theirs .text").last).to_contain_text(answer)


def test_an_operator_sees_takes_answers_and_gives_back(phones: Page, desk: Page) -> None:
    handset = phones.locator("#panel-sms")
    question, answer = "quiero hablar con una persona por favor", "Soy una persona, te leo"
    _type(handset, question)
    expect(handset.locator(".theirs")).not_to_have_count(0)
    desk.get_by_text(question).first.click()
    desk.get_by_role("button", name="Tomar").click()
    expect(desk.locator("#live")).to_contain_text("En vivo")  # only then is Ctrl + Enter heard
    desk.get_by_label("Tu respuesta").fill(answer)
    desk.get_by_label("Tu respuesta").press("Control+Enter")
    expect(handset.locator(".theirs .text").last).to_have_text(answer)
    heard = handset.locator(".theirs").count()
    _type(handset, "cuanto cuesta el acta de nacimiento")  # the assistant keeps silent
    expect(desk.locator(".bubbles")).to_contain_text("cuanto cuesta el acta de nacimiento")
    phones.wait_for_timeout(2000)
    assert handset.locator(".theirs").count() == heard
    desk.get_by_role("button", name="Devolver al asistente").click()
    expect(desk.locator(".floor")).to_contain_text("Atiende el asistente")
    _type(handset, "que papeles piden para el acta de matrimonio")
    expect(handset.locator(".theirs")).not_to_have_count(heard)
    expect(handset.locator(".theirs .text").last).to_contain_text("identific")
