"""Headers on every answer, colours that can be read, cookies that stay ours."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from backend.dashboard.headers import SecurityHeaders
from backend.dashboard.theme import ENOUGH, _parse, contrast, stylesheet
from backend.operators.access import cookie_name, set_cookie
from tests.dashboard.conftest import Staff
from tests.fixtures_road import town_settings


@pytest.mark.parametrize("path", ["/entrar", "/nada", "/estatico/desk.css", "/health", "/api/v1/session", "/lista"])
async def test_every_answer_is_protected(staff: Staff, path: str) -> None:
    headers = (await staff.browser().get(path)).headers
    assert "'unsafe-inline'" not in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/estatico") else "no-store")


async def test_pages_bring_no_code_or_style_of_their_own(staff: Staff) -> None:
    page = (await (await staff.enter("supervisor")).get("/")).text
    assert "style=" not in page and " onclick" not in page and "<script>" not in page and "//cdn" not in page


async def test_the_phones_keep_their_own_policy(staff: Staff) -> None:
    answer = await staff.browser().get("/simulator")
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


async def test_in_production_browsers_are_told_to_use_https_only() -> None:
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hola"))])
    app.add_middleware(SecurityHeaders, in_production=True)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://ventanilla.prueba") as http:
        assert "max-age" in (await http.get("/")).headers["strict-transport-security"]


def test_in_production_the_cookie_is_secure_and_bound_to_the_host(tmp_path) -> None:
    settings = town_settings("postgresql+psycopg://x", "redis://x", tmp_path).model_copy(update={"env": "production"})
    response = PlainTextResponse("hola")
    set_cookie(response, settings, "valor")
    said = response.headers["set-cookie"]
    assert said.startswith("__Host-ventanilla-sesion=valor") and cookie_name(settings).startswith("__Host-")
    assert "Secure" in said and "HttpOnly" in said and "Path=/" in said and "Domain" not in said


@pytest.mark.parametrize(
    "colours",
    [
        {},
        {"primary": "#7a1f3d", "accent": "#1f6f5c", "background": "#fbf7f2"},
        {"primary": "#ffff00", "accent": "#ffffff", "background": "#000000"},
        {"primary": "red; } body { display: none", "accent": "#12", "background": "url(x)"},
    ],
)
def test_whatever_colours_are_configured_can_be_read(colours: dict[str, str]) -> None:
    lines = stylesheet(colours).splitlines()[1:-1]
    made = {line.split(":")[0].strip(" -"): _parse(line.split(": ")[1].rstrip(";")) for line in lines}
    assert "display" not in stylesheet(colours)
    for name in ("primary", "accent"):
        assert contrast(made[name], (255, 255, 255)) >= ENOUGH
        assert contrast(made[name], made["background"]) >= ENOUGH
    assert contrast(made["background"], _parse("#565b61")) >= ENOUGH
