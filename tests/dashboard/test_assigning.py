"""A supervisor hands a conversation to a colleague or to another department; nobody else does."""

from __future__ import annotations

import pytest

from tests.dashboard.conftest import Citizens, Staff

OURS = "registro-civil"


async def test_a_colleague_finds_it_among_her_own(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("quiero mi acta", department=OURS)
    await citizens.ask_for_a_person(number)
    ana = await staff.hire("operador", OURS, email="ana@municipio.example")
    supervisor, hers = await staff.enter("supervisor", OURS), staff.browser()
    await hers.sign_in(ana.email)
    assert "quiero mi acta" not in (await hers.get("/?estado=mias")).text
    await supervisor.get(f"/conversaciones/{number}")
    assert (await supervisor.post(f"/conversaciones/{number}/asignar", a=f"persona:{ana.id}")).status_code == 303
    assert "quiero mi acta" in (await hers.get("/?estado=mias")).text
    assert (await hers.post(f"/conversaciones/{number}/responder", texto="Sí", una_vez="1")).status_code == 303
    trail = await staff.town.rows("SELECT subject_id, detail FROM audit_entries WHERE action = 'assign'")
    assert trail == [(str(number), {"persona": str(ana.id)})]


async def test_another_department_finds_it_waiting_and_ours_sees_it_no_more(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("se sale el agua", department=OURS)
    supervisor, theirs = await staff.enter("supervisor", OURS), await staff.enter("operador", "agua-y-drenaje")
    await supervisor.get(f"/conversaciones/{number}")
    passed = await supervisor.post(f"/conversaciones/{number}/asignar", a="departamento:agua-y-drenaje")
    assert passed.headers["location"] == "/?hecho=pasada"
    assert (await supervisor.get(f"/conversaciones/{number}")).status_code == 404
    page = (await theirs.get(f"/conversaciones/{number}")).text
    assert "Espera a una persona" in page and "la pasaron de otro departamento" in page


REFUSED = {
    "operador": [("departamento:agua-y-drenaje", 403)],
    "observador": [("departamento:agua-y-drenaje", 403)],
    "supervisor": [("departamento:de-nadie", 409), ("persona:999", 409), ("", 409)],
}


@pytest.mark.parametrize("role", REFUSED)
async def test_only_a_supervisor_and_only_to_somebody(staff: Staff, citizens: Citizens, role: str) -> None:
    number = await citizens.write("hola", department=OURS)
    browser = await staff.enter(role, OURS)
    await browser.get(f"/conversaciones/{number}")
    for to, answer in REFUSED[role]:
        assert (await browser.post(f"/conversaciones/{number}/asignar", a=to)).status_code == answer, to
    assert await staff.town.rows("SELECT floor, department, operator_id FROM conversations") == [("bot", OURS, None)]


COLLEAGUES = [
    ("operador", (OURS,), True),
    ("supervisor", (), True),
    ("operador", ("salud",), False),  # would not see it
    ("observador", (OURS,), False),  # may not answer
]


async def test_who_is_offered(staff: Staff, citizens: Citizens) -> None:
    number = await citizens.write("hola", department=OURS)
    hired = [
        (await staff.hire(role, *departments, email=f"persona{number}@municipio.example"), offered)
        for number, (role, departments, offered) in enumerate(COLLEAGUES)
    ]
    page = (await (await staff.enter("supervisor", OURS)).get(f"/conversaciones/{number}")).text
    for other, offered in hired:
        assert (f'value="persona:{other.id}"' in page) is offered, (other.role, other.departments)
