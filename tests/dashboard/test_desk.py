"""The list and the thread: who sees what, who may do what, and that every look and change leaves a trace."""

from __future__ import annotations

import json
import re

import pytest
from sqlalchemy import text

from tests.dashboard.conftest import Citizens, Staff

CURP = "GOMC900101HNLRRS09"
EVIDENCE = {
    "intent": "tramites.costo", "confidence": 0.93, "decision": "answer", "model": "m",
    "ranking": [["tramites.costo", 0.93], ["tramites.requisitos", 0.04]],
    "entities": {"tramite": "acta_nacimiento", "curp": CURP},
}  # fmt: skip


async def actions(staff: Staff, *names: str) -> list[tuple[object, ...]]:
    rows = await staff.town.rows("SELECT action, subject, subject_id FROM audit_entries ORDER BY id")
    return [row for row in rows if row[0] in names]


async def test_another_departments_conversation_is_as_if_it_did_not_exist(staff: Staff, citizens: Citizens) -> None:
    theirs = await citizens.write("me robaron la bomba", "me sale mucha sangre", department="agua-y-drenaje")
    ours = await citizens.write("quiero mi acta", department="registro-civil")
    alarm = await staff.town.one("SELECT id FROM alarms")
    browser = await staff.enter("operador", "registro-civil")
    for path in ("/", "/lista", "/?estado=alarma", "/?departamento=agua-y-drenaje", f"/conversaciones/{ours}"):
        page = await browser.get(path)
        assert page.status_code == 200
        assert "bomba" not in page.text and "sangre" not in page.text and "sin leer" not in page.text
    assert "quiero mi acta" in (await browser.get("/")).text
    for path in (f"/conversaciones/{theirs}", f"/conversaciones/{theirs}/hilo", "/conversaciones/999999"):
        assert (await browser.get(path)).status_code == 404
    verbs = ("tomar", "devolver", "responder", "original")
    posts = [f"/conversaciones/{theirs}/{verb}" for verb in verbs] + [
        f"/alarmas/{alarm}/{v}" for v in ("acuse", "cerrar")
    ]
    for path in posts:
        answer = await browser.post(path, texto="hola", motivo="porque quiero")
        assert answer.status_code == 404, path
    assert await staff.town.one("SELECT count(*) FROM outbound_messages WHERE outbound_class = 'operator'") == 0
    assert await staff.town.one("SELECT count(*) FROM alarms WHERE acknowledged_at IS NULL") == 1


@pytest.mark.parametrize(
    ("departments", "seen"), [(("atencion-ciudadana", "salud"), True), (("registro-civil",), False), ((), True)]
)
async def test_what_is_nobodys_yet_is_for_the_reception_and_who_sees_everything(
    staff: Staff, citizens: Citizens, departments: tuple[str, ...], seen: bool
) -> None:
    number = await citizens.write("una cosa de nadie")
    browser = await staff.enter("operador", *departments)
    assert ("una cosa de nadie" in (await browser.get("/")).text) is seen
    assert (await browser.get(f"/conversaciones/{number}")).status_code == (200 if seen else 404)


NEEDS = [
    ("tomar", {"operador", "supervisor"}),
    ("responder", {"operador", "supervisor"}),
    ("devolver", {"operador", "supervisor"}),
]


@pytest.mark.parametrize(
    "role", ["observador", "anotador", "operador", "supervisor", "administrador", "oficial_privacidad"]
)
async def test_every_role_on_every_road(staff: Staff, citizens: Citizens, role: str) -> None:
    number = await citizens.write("hola")
    browser = await staff.enter(role)
    reads = role != "administrador"
    assert (await browser.get(f"/conversaciones/{number}")).status_code == (200 if reads else 403)
    assert (await browser.get("/")).status_code == (200 if reads else 303)
    assert (await browser.get("/lista")).status_code == (200 if reads else 403)
    audits = role in ("supervisor", "administrador", "oficial_privacidad")
    assert (await browser.get("/auditoria")).status_code == (200 if audits else 403)
    assert (await browser.get("/cuentas")).status_code == (200 if role == "administrador" else 403)
    for verb, roles in NEEDS:
        answer = await browser.post(f"/conversaciones/{number}/{verb}", texto="hola", una_vez="a")
        assert answer.status_code == (303 if role in roles else 403), verb
    unmask = await browser.post(f"/conversaciones/{number}/original", motivo="para atender su queja")
    assert unmask.status_code == (303 if role in ("supervisor", "oficial_privacidad") else 403)


async def test_a_stranger_gets_nowhere(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hola")
    http = staff.browser().http
    for path in ("/", f"/conversaciones/{number}", "/cuentas", "/auditoria", "/contrasena"):
        assert (await http.get(path)).headers["location"].startswith("/entrar?sigue=")
    for path in ("/lista", f"/conversaciones/{number}/hilo", "/eventos"):
        assert (await http.get(path)).status_code == 401
    assert (await http.post(f"/conversaciones/{number}/tomar")).headers["location"].startswith("/entrar")
    assert await staff.town.one("SELECT floor FROM conversations") == "bot"


async def test_take_answer_once_and_give_back(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("necesito hablar con alguien")
    await citizens.ask_for_a_person(number)
    browser, other = await staff.enter("operador"), await staff.enter("supervisor")
    path = f"/conversaciones/{number}"
    waiting = await browser.get("/?estado=sin_atender")
    assert "Espera desde" in waiting.text and "1<span" in waiting.text
    assert "pidió hablar con una persona" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/responder", texto="hola", una_vez="z")).status_code == 409
    assert (await browser.post(f"{path}/tomar")).headers["location"] == f"{path}?hecho=tomada"
    refused = await other.post(f"{path}/tomar")
    assert refused.status_code == 409 and "Otra persona tiene esta conversación." in refused.text
    kept = await other.post(f"{path}/responder", texto="mi respuesta <b>larga</b>", una_vez="x")
    assert kept.status_code == 409 and "Toma la conversación antes de responder." in kept.text
    for _ in range(3):
        assert (
            await browser.post(f"{path}/responder", texto="Ya te atiendo,\r\nun momento.", una_vez="x")
        ).status_code == 303
    await staff.town.deliver()
    changed = staff.town.simulator.provider.changed_since(0)
    sent = [message.text for message in changed if message.direction == "to_phone"]
    assert sent.count("Ya te atiendo,\nun momento.") == 1
    assert "Ya te atiendo" in (await other.get(path)).text
    assert number == await staff.town.one("SELECT id FROM conversations WHERE operator_id IS NOT NULL")
    assert (await browser.post(f"{path}/devolver")).status_code == 303
    assert await staff.town.one("SELECT floor FROM conversations") == "bot"
    assert await actions(staff, "take", "reply", "give_back") == [
        (action, "conversation", str(number)) for action in ("take", "reply", "give_back")
    ]


async def test_an_empty_or_endless_answer_is_refused_and_what_was_written_stays(
    staff: Staff, citizens: Citizens
) -> None:
    number = await citizens.write("hola")
    browser = await staff.enter("operador")
    path = f"/conversaciones/{number}"
    await browser.post(f"{path}/tomar")
    assert "Escribe una respuesta." in (await browser.post(f"{path}/responder", texto="  \n", una_vez="a")).text
    long = await browser.post(f"{path}/responder", texto="larguísima " * 200, una_vez="b")
    assert long.status_code == 409 and "1500 caracteres" in long.text and "larguísima larguísima" in long.text
    assert (await browser.post(f"{path}/responder", texto="ahora sí", una_vez="b")).status_code == 303


async def test_an_alarm_comes_first_is_acknowledged_and_closed(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("me sale mucha sangre", department="salud")
    await citizens.write("quiero mi acta", department="registro-civil")
    browser = await staff.enter("operador")
    page = await browser.get("/")
    assert re.findall(r'data-key="(\d+)" class="row( alarmed)?', page.text)[0] == (str(number), " alarmed")
    assert "1<span" in page.text and "alarma sin leer" in page.text
    alarm = await staff.town.one("SELECT id FROM alarms")
    assert "Nadie la ha leído" in (await browser.get(f"/conversaciones/{number}")).text
    assert (await browser.post(f"/alarmas/{alarm}/acuse")).status_code == 303
    assert "Leída por Persona operador" in (await browser.get(f"/conversaciones/{number}")).text
    assert "alarma sin leer" not in (await browser.get("/")).text
    assert (await browser.post(f"/alarmas/{alarm}/cerrar")).status_code == 303
    assert "Señal de peligro de salud" not in (await browser.get("/?estado=alarma")).text
    assert [row[0] for row in await actions(staff, "acknowledge", "close")] == ["acknowledge", "close"]


async def test_personal_data_is_hidden_until_asked_for_with_a_reason(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write(f"mi curp es {CURP}")
    await citizens.change(number, "floor = 'bot'")
    async with staff.town.sessions.begin() as session:
        await session.execute(
            text("UPDATE inbound_messages SET evidence = cast(:e AS jsonb)"), {"e": json.dumps(EVIDENCE)}
        )
    supervisor, operator = await staff.enter("supervisor"), await staff.enter("operador")
    path = f"/conversaciones/{number}"
    for page in ("/", path, f"{path}/hilo"):
        told = (await supervisor.get(page)).text
        assert CURP not in told and "+52550000" not in told
    assert "[CURP]" in told and "tramites.costo" in told and "93%" in told and "acta_nacimiento" in told
    assert (await supervisor.post(f"{path}/original", motivo=" ")).status_code == 409
    assert (await supervisor.post(f"{path}/original", motivo="para buscar su acta")).status_code == 303
    assert CURP in (await supervisor.get(path)).text
    assert CURP not in (await supervisor.get("/")).text
    assert (await supervisor.post(f"{path}/ocultar")).status_code == 303
    assert CURP not in (await supervisor.get(path)).text
    reasons = await staff.town.rows("SELECT detail->>'reason' FROM audit_entries WHERE action = 'unmask'")
    assert reasons == [("para buscar su acta",)]
    assert (await operator.post(f"{path}/original", motivo="para buscar su acta")).status_code == 403
    await operator.post(f"{path}/tomar")
    assert (await operator.post(f"{path}/original", motivo="para buscar su acta")).status_code == 303
    assert CURP in (await operator.get(path)).text
    await operator.post(f"{path}/devolver")
    assert CURP not in (await operator.get(path)).text


async def test_every_look_is_recorded_and_refreshing_is_the_same_look(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hola")
    browser = await staff.enter("observador")
    await browser.get("/lista")
    for _ in range(3):
        await browser.get(f"/conversaciones/{number}/hilo")
    assert len(await actions(staff, "view", "list")) == 2
    await browser.get(f"/conversaciones/{number}")
    assert (await actions(staff, "view"))[-1] == ("view", "conversation", str(number))
    assert len(await actions(staff, "view")) == 2


async def test_what_a_citizen_writes_is_only_text(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("<script>alert(1)</script> \u202eoiram {{ 7*7 }}")
    browser = await staff.enter("observador")
    for path in ("/", f"/conversaciones/{number}"):
        page = (await browser.get(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page and "{{ 7*7 }}" in page


async def test_pages_of_the_list_neither_repeat_nor_lose_anybody(staff: Staff, citizens: Citizens) -> None:
    numbers = {await citizens.write("hola") for _ in range(58)}
    await citizens.write("me sale mucha sangre")
    browser = await staff.enter("supervisor")
    seen: list[int] = []
    path = "/"
    while path:
        page = (await browser.get(path)).text
        seen += [int(number) for number in re.findall(r'<li data-key="(\d+)"', page)]
        following = re.search(r'href="(/\?[^"]*antes=[^"]*)"', page)
        path = following.group(1).replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 59
    assert numbers < set(seen)


async def test_after_seven_days_messenger_takes_no_answer(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hola", channel="messenger")
    browser = await staff.enter("operador")
    path = f"/conversaciones/{number}"
    await browser.post(f"{path}/tomar")
    assert "Puedes responder hasta" in (await browser.get(path)).text
    await citizens.change(number, "last_inbound_at = now() - interval '25 hours'")
    assert "Pasaron 24 horas" in (await browser.get(path)).text
    await citizens.change(number, "last_inbound_at = now() - interval '8 days'")
    assert "Messenger ya no permite responder" in (await browser.get(path)).text
    assert (await browser.post(f"{path}/responder", texto="hola", una_vez="a")).status_code == 409


async def test_a_reply_is_measured_as_it_will_be_sent(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hola")
    browser = await staff.enter("operador")
    await browser.get(f"/conversaciones/{number}")
    told = (await browser.post(f"/conversaciones/{number}/medir", texto="Sí, mañana. " * 14)).json()
    assert (told["characters"], told["segments"], told["encoding"], told["changed"]) == (168, 2, "GSM-7", ["í"])


@pytest.mark.parametrize(
    "path", ["/conversaciones/abc", "/conversaciones/0", f"/conversaciones/{2**80}", "/nada", "/conversaciones/1/nada"]
)
async def test_a_wrong_address_is_a_page_that_says_so(staff: Staff, path: str) -> None:
    answer = await (await staff.enter("supervisor")).get(path)
    assert answer.status_code == 404
    assert "No está aquí" in answer.text and "text/html" in answer.headers["content-type"]


@pytest.mark.parametrize(
    "query", ["antes=ayer,1", "antes=2026-01-01T00:00:00Z,99999999999999999999", "estado=nada", "departamento=x"]
)
async def test_a_wrong_filter_is_no_filter(staff: Staff, query: str) -> None:
    assert (await (await staff.enter("supervisor")).get(f"/?{query}")).status_code == 200


async def test_the_supervisor_of_a_department_reads_its_audit_only(staff: Staff) -> None:
    await staff.enter("operador", "salud")
    ours = await staff.enter("supervisor", "registro-civil")
    assert "Persona operador" not in (await ours.get("/auditoria")).text
    assert "Persona operador" in (await (await staff.enter("administrador")).get("/auditoria")).text


async def test_an_administrator_makes_accounts_and_the_password_works(staff: Staff) -> None:
    boss = await staff.enter("administrador")
    await boss.get("/cuentas")
    fields = {"nombre": "Luz Díaz", "correo": "luz@municipio.example", "rol": "operador", "departamento": "salud"}
    made = await boss.post("/cuentas", **fields)
    assert made.status_code == 201
    secret = re.search(r'class="secret">([^<]+)<', made.text)
    assert secret
    assert (await staff.browser().sign_in("luz@municipio.example", secret.group(1))).status_code == 303
    assert (await boss.post("/cuentas", **fields)).status_code == 422
    assert (await boss.post("/cuentas", **{**fields, "departamento": "marte"})).status_code == 422
