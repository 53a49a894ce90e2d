"""Search by folio, telephone or words: what one may see, in the redacted copy, with a trace that tells no words."""

from __future__ import annotations

import json

from backend.conversations.models import Conversation
from backend.requests import service
from tests.dashboard.conftest import Browser, Citizens, Staff

OURS = "servicios-publicos"
NOTHING = "No encontramos ninguna"


async def found(browser: Browser, what: str) -> str:
    await browser.get("/")
    return (await browser.post("/buscar", que=what)).text


async def folio_of(staff: Staff, conversation: int) -> str:
    wanted = service.NewRequest(conversation, "report", "municipio.reporte", "municipio", OURS, {})
    async with staff.town.sessions.begin() as session:
        assert await session.get(Conversation, conversation)
        made = await service.create(session, staff.town.desk.vault, wanted, "t1:1", "EJ")
    return str(made.body["folio"])


async def test_a_folio_in_any_spelling(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hay un hoyo", department=OURS)
    await citizens.write("otra cosa", department=OURS)
    folio, browser = await folio_of(staff, number), await staff.enter("operador", OURS)
    for spelling in (folio, folio.lower(), folio.replace("-", " ")):
        page = await found(browser, spelling)
        assert "hay un hoyo" in page and "otra cosa" not in page, spelling


async def test_a_telephone_in_any_spelling(staff: Staff, citizens: Citizens) -> None:
    await citizens.write("hay un hoyo", department=OURS)
    phone = next(reversed(staff.town.simulator.provider.people))
    await citizens.write("otra cosa", department=OURS)
    browser = await staff.enter("operador", OURS)
    for spelling in (phone, phone.removeprefix("+52"), f"044 {phone[3:5]} {phone[5:9]} {phone[9:]}"):
        page = await found(browser, spelling)
        assert "hay un hoyo" in page and "otra cosa" not in page, spelling


WORDS = {"semaforo": True, "SEMÁFORO roto": True, "roto esquina": True, "semáforo verde": False, "100%": False}


async def test_words_of_one_message_without_accents_or_capitals(staff: Staff, citizens: Citizens) -> None:
    await citizens.write("El semáforo de la esquina está roto", department=OURS)
    await citizens.write("gracias", department=OURS)
    browser = await staff.enter("operador", OURS)
    for what, finds in WORDS.items():
        page = await found(browser, what)
        assert ("semáforo de la esquina" in page, NOTHING in page) == (finds, not finds), what


async def test_what_is_hidden_is_not_found(staff: Staff, citizens: Citizens) -> None:
    await citizens.write("mi CURP es GOMC900101HNLRRS09", department=OURS)
    assert NOTHING in await found(await staff.enter("operador", OURS), "GOMC900101HNLRRS09")


async def test_another_departments_conversation_is_not_found(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("me robaron la bomba", department="agua-y-drenaje")
    phone = next(reversed(staff.town.simulator.provider.people))
    browser = await staff.enter("operador", OURS)
    for what in ("bomba", phone, await folio_of(staff, number)):
        assert NOTHING in await found(browser, what), what


async def test_the_trace_tells_how_and_never_what(staff: Staff, citizens: Citizens) -> None:
    await citizens.write("me robaron la bomba", department=OURS)
    await found(await staff.enter("operador", OURS), "bomba")
    trail = await staff.town.rows("SELECT subject, detail FROM audit_entries WHERE action = 'search'")
    assert trail == [("conversations", {"by": "palabras", "found": 1})]
    assert "bomba" not in json.dumps(await staff.town.one("SELECT json_agg(a) FROM audit_entries a"))


async def test_too_little_to_look_for_and_who_may_not(staff: Staff, citizens: Citizens) -> None:
    assert "de tres letras o más" in await found(await staff.enter("operador", OURS), "a b")
    browser = await staff.enter("administrador")
    await browser.get("/cuentas")
    assert (await browser.post("/buscar", que="bomba")).status_code == 403
