"""Signing in and out, and what somebody who should not be here meets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.clock import clock
from tests.dashboard.conftest import PASSWORD, Staff

ANA = "ana@municipio.example"
SESSION = "ventanilla-sesion"


async def test_a_person_signs_in_goes_where_they_wanted_and_leaves(staff: Staff) -> None:
    await staff.hire("operador", "registro-civil", email=ANA)
    browser = staff.browser()
    door = await browser.get("/?estado=alarma")
    assert (door.status_code, door.headers["location"]) == (303, "/entrar?sigue=/%3Festado%3Dalarma&aviso=sesion")
    await browser.get(door.headers["location"])
    entered = await browser.post("/entrar", correo=f" {ANA.upper()} ", contrasena=PASSWORD, sigue="/?estado=alarma")
    assert (entered.status_code, entered.headers["location"]) == (303, "/?estado=alarma")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert (await browser.get("/")).status_code == 200
    assert (await browser.post("/salir")).status_code == 303
    assert (await browser.get("/")).status_code == 303


async def test_a_wrong_password_and_an_unknown_address_are_told_the_same(staff: Staff) -> None:
    await staff.hire("operador", email=ANA)
    told = []
    for email in (ANA, "nadie@municipio.example", "no es un correo\x00"):
        answer = await staff.browser().sign_in(email, "otra cosa muy distinta")
        told.append((answer.status_code, "El correo o la contraseña no son correctos." in answer.text))
    assert told == [(401, True)] * 3
    failed = await staff.town.one("SELECT count(*) FROM audit_entries WHERE action = 'sign_in_failed'")
    assert failed == 3


async def test_guessing_is_stopped_even_when_the_sixth_guess_is_right(staff: Staff) -> None:
    await staff.hire("operador", email=ANA)
    browser = staff.browser()
    for _ in range(5):
        assert (await browser.sign_in(ANA, "adivinando contraseñas")).status_code == 401
    stopped = await browser.sign_in(ANA)
    assert stopped.status_code == 429
    assert "Demasiados intentos. Espera" in stopped.text
    assert int(stopped.headers["retry-after"]) <= 15


async def test_a_session_planted_before_signing_in_is_worth_nothing(staff: Staff) -> None:
    await staff.hire("operador", email=ANA)
    browser = staff.browser()
    browser.http.cookies.set(SESSION, "plantada-por-otra-persona", domain="ventanilla.prueba", path="/")
    await browser.sign_in(ANA)
    tokens = {cookie.value for cookie in browser.http.cookies.jar if cookie.name == SESSION}
    assert "plantada-por-otra-persona" not in tokens
    first = tokens.pop()
    await staff.browser().sign_in(ANA)
    await browser.post("/salir")
    stale = staff.browser()
    stale.http.cookies.set(SESSION, first, domain="ventanilla.prueba", path="/")
    assert (await stale.get("/")).status_code == 303


async def test_another_site_cannot_sign_anybody_in_or_act_for_them(staff: Staff) -> None:
    await staff.hire("supervisor", email=ANA)
    browser = staff.browser()
    await browser.get("/entrar")
    credentials = {"correo": ANA, "contrasena": PASSWORD}
    assert (await browser.http.post("/entrar", data=credentials)).status_code == 403
    foreign = {"csrf": browser.csrf, **credentials}
    for header in ({"Origin": "https://otro.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert (await browser.http.post("/entrar", data=foreign, headers=header)).status_code == 403
    stranger = staff.browser()
    await stranger.get("/entrar")
    assert (await staff.browser().http.post("/entrar", data={"csrf": stranger.csrf, **credentials})).status_code == 403
    await browser.sign_in(ANA)
    assert (await browser.http.post("/salir", data={"csrf": "inventada"})).status_code == 403
    assert (await browser.http.post("/salir")).status_code == 403
    assert (await browser.get("/")).status_code == 200


@pytest.mark.parametrize("onward", ["https://otro.example", "//otro.example", "/\\otro.example", "entrar", "/\tx"])
async def test_signing_in_never_leads_to_another_site(staff: Staff, onward: str) -> None:
    await staff.hire("operador", email=ANA)
    browser = staff.browser()
    await browser.get("/entrar")
    entered = await browser.post("/entrar", correo=ANA, contrasena=PASSWORD, sigue=onward)
    assert entered.headers["location"] == "/"


async def test_half_an_hour_without_use_ends_the_session_and_refreshing_is_no_use(staff: Staff) -> None:
    browser = await staff.enter("supervisor")
    start = datetime.now(UTC)
    for minutes, path, status in ((20, "/lista", 200), (29, "/", 200), (55, "/lista", 200), (60, "/", 303)):
        with clock(lambda at=start + timedelta(minutes=minutes): at):
            assert (await browser.get(path)).status_code == status, minutes


async def test_a_shift_ends_even_in_full_use(staff: Staff) -> None:
    browser = await staff.enter("supervisor")
    start = datetime.now(UTC)
    answers = []
    for quarter in range(43):
        with clock(lambda at=start + timedelta(minutes=15 * quarter): at):
            answers.append((await browser.get("/contrasena")).status_code)
    assert answers.index(303) == 40


async def test_a_new_password_ends_the_other_sessions(staff: Staff) -> None:
    operator = await staff.hire("operador", email=ANA)
    here, there = staff.browser(), staff.browser()
    await here.sign_in(operator.email)
    await there.sign_in(operator.email)
    fields = {"actual": PASSWORD, "nueva": "otra frase larga y buena", "otra_vez": "otra frase larga y buena"}
    assert (await here.post("/contrasena", **{**fields, "actual": "no es"})).status_code == 422
    assert (await here.post("/contrasena", **fields)).status_code == 303
    assert (await here.get("/")).status_code == 200
    assert (await there.get("/")).status_code == 303
    assert (await staff.browser().sign_in(operator.email, "otra frase larga y buena")).status_code == 303


async def test_an_account_that_is_turned_off_is_out_at_once(staff: Staff) -> None:
    operator = await staff.hire("operador", email=ANA)
    browser = staff.browser()
    await browser.sign_in(ANA)
    boss = await staff.enter("administrador")
    assert (await boss.post(f"/cuentas/{operator.id}/desactivar")).status_code == 303
    assert (await browser.get("/")).status_code == 303
    assert (await staff.browser().sign_in(ANA)).status_code == 401


async def test_a_program_signs_in_over_the_api(staff: Staff) -> None:
    await staff.hire("operador", "registro-civil", email=ANA)
    http = staff.browser().http
    assert (await http.get("/api/v1/session")).status_code == 401
    assert (await http.post("/api/v1/session", json={"email": ANA, "password": "mala"})).status_code == 401
    assert (await http.post("/api/v1/session", data={"email": ANA, "password": PASSWORD})).status_code in (403, 422)
    begun = await http.post("/api/v1/session", json={"email": ANA, "password": PASSWORD})
    assert begun.status_code == 201
    told = begun.json()
    assert (told["role"], told["departments"]) == ("operador", ["registro-civil"])
    assert (await http.get("/api/v1/session")).json()["csrf"] == told["csrf"]
    assert (await http.get("/")).status_code == 200
    assert (await http.delete("/api/v1/session")).status_code == 403
    assert (await http.delete("/api/v1/session", headers={"X-CSRF-Token": told["csrf"]})).status_code == 204
    assert (await http.get("/api/v1/session")).status_code == 401


async def test_a_form_that_is_too_large_or_of_another_kind_is_refused(staff: Staff) -> None:
    browser = staff.browser()
    await browser.get("/entrar")
    assert (await browser.post("/entrar", correo="x" * 70_000)).status_code == 413
    assert (await browser.http.post("/entrar", json={"correo": ANA})).status_code == 403
    many = "&".join(f"f{n}=1" for n in range(1000))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.http.post("/entrar", content=many, headers=form)).status_code == 413
