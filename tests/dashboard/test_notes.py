"""What flows tell departments: who sees which note, that somebody has seen it, and where it leads."""

from __future__ import annotations

from backend.clock import now
from backend.flows.models import StaffNote
from tests.dashboard.conftest import Citizens, Staff

CURP = "GOMC900101HNLRRS09"


async def tell(staff: Staff, conversation: int, department: str, subject: str, words: str = "Llámala hoy.") -> None:
    async with staff.town.sessions.begin() as session:
        session.add(
            StaffNote(
                conversation_id=conversation, department=department, at=now(), subject=subject,
                sealed_text=staff.town.desk.vault.seal(words),
            )
        )  # fmt: skip


async def test_a_note_is_read_and_marked(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hola", department="salud")
    await tell(staff, number, "salud", "Una pérdida", f"Su CURP es {CURP}.")
    await tell(staff, number, "salud", "Otra cosa")
    browser = await staff.enter("operador", "salud")
    page = (await browser.get("/avisos")).text
    assert '<span class="count">2<span' in page and CURP not in page and "Su CURP es" in page
    assert f'href="/conversaciones/{number}"' in page
    assert page.index("Una pérdida") < page.index("Otra cosa")
    assert (await browser.post("/avisos/1/visto")).headers["location"] == "/avisos"
    page = (await browser.get("/avisos")).text
    assert page.index("Otra cosa") < page.index("Una pérdida") and "Lo vio Persona operador" in page
    assert await staff.town.rows("SELECT id FROM staff_notes WHERE seen_at IS NOT NULL") == [(1,)]
    audited = await staff.town.rows("SELECT subject, subject_id FROM audit_entries WHERE action = 'see'")
    assert audited == [("note", "1")]


async def test_the_thread_shows_its_notes(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hola", department="salud")
    await tell(staff, number, "salud", "Una pérdida")
    browser = await staff.enter("operador", "salud")
    assert "Una pérdida" in (await browser.get(f"/conversaciones/{number}/hilo")).text
    assert "Llámala hoy." in (await browser.get(f"/conversaciones/{number}")).text
    answer = await browser.post("/avisos/1/visto", desde="hilo")
    assert answer.headers["location"] == f"/conversaciones/{number}?hecho=visto"
    assert "El aviso quedó como visto." in (await browser.get(answer.headers["location"])).text


async def test_another_departments_note_is_not_there(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hola", department="salud")
    await tell(staff, number, "salud", "Para salud")
    await tell(staff, number, "registro-civil", "Para el registro")
    browser = await staff.enter("operador", "registro-civil")
    for path in ("/avisos", "/avisos?departamento=salud"):
        assert "Para salud" not in (await browser.get(path)).text
    page = (await browser.get("/avisos")).text
    assert "Para el registro" in page and "/conversaciones/" not in page  # the thread is another department's
    assert (await browser.post("/avisos/1/visto")).status_code == 404
    everybody = await staff.enter("supervisor")
    page = (await everybody.get("/avisos?departamento=salud")).text
    assert "Para salud" in page and "Para el registro" not in page


async def test_who_only_looks_marks_nothing(staff: Staff, citizens: Citizens) -> None:
    await tell(staff, await citizens.write("hola"), "salud", "Una pérdida")
    browser = await staff.enter("observador")
    assert "Marcar como visto" not in (await browser.get("/avisos")).text
    assert (await browser.post("/avisos/1/visto")).status_code == 403
    assert (await (await staff.enter("administrador")).get("/avisos")).status_code == 403
