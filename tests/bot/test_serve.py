"""The private service: token, shapes, and a clear status for whatever is malformed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.serve import application
from tests.fixtures_bot import TOKEN, Bot

HEADERS = {"Authorization": f"Bearer {TOKEN}"}


def ask(bot: Bot, work: Callable[[TestClient], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with TestClient(TestServer(application(bot, TOKEN))) as client:
            return await work(client)

    return asyncio.run(run())


def test_health_names_the_model_and_the_packs(bot: Bot) -> None:
    async def work(client: TestClient) -> Any:
        return await (await client.get("/health")).json()

    answer = ask(bot, work)
    assert answer["status"] == "ok" and answer["model"].startswith("ventanilla-")
    assert {"comun", "registro_civil", "salud_materna", "municipio", "emergencias"} <= set(answer["packs"])


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN + "x"}])
def test_without_the_token_nothing_is_answered(bot: Bot, headers: dict[str, str]) -> None:
    async def work(client: TestClient) -> int:
        return (await client.post("/turns", json={"turns": []}, headers=headers)).status

    assert ask(bot, work) == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"turns": 3}',
        b'{"turns": [' + b"1," * 300 + b"1]}",
        b"[" * 100_000,
        b'{"texts": []}',
    ],
)
def test_malformed_bodies_get_400_and_a_reason(bot: Bot, body: bytes) -> None:
    async def work(client: TestClient) -> tuple[int, Any]:
        response = await client.post("/turns", data=body, headers=HEADERS)
        return response.status, await response.json()

    status, answer = ask(bot, work)
    assert status == 400 and answer["error"] and "Traceback" not in answer["error"]


def test_a_batch_is_answered_in_order(bot: Bot) -> None:
    turns = [
        {"turn_id": str(n), "conversation": f"c{n}", "channel": "messenger", "text": text, "version": n}
        for n, text in enumerate(["hola", "cuanto cuesta el acta de nacimiento", "quiero reportar un bache"])
    ]

    async def work(client: TestClient) -> Any:
        return await (await client.post("/turns", json={"turns": turns}, headers=HEADERS)).json()

    answers = ask(bot, work)["turns"]
    assert [(a["turn_id"], a["version"], a["ok"]) for a in answers] == [("0", 0, True), ("1", 1, True), ("2", 2, True)]
    assert [a["evidence"]["service"] for a in answers] == ["comun", "tramites", "municipio"]


def test_parse_names_service_intent_and_entities(bot: Bot) -> None:
    texts = ["kiero saver cuanto kuesta el akta de nasimiento", "me sale mucha sangre", "va a llover mañana", ""]

    async def work(client: TestClient) -> Any:
        return await (await client.post("/parse", json={"texts": texts, "context": False}, headers=HEADERS)).json()

    cost, blood, rain, nothing = ask(bot, work)
    assert (cost["service"], cost["intent"], cost["entities"], cost["danger"]) == (
        "tramites",
        "costo",
        {"tramite": "acta_nacimiento"},
        False,
    )
    assert (blood["intent"], blood["danger"]) == ("alarma_embarazo", True)
    assert (rain["service"], rain["intent"]) == (nothing["service"], nothing["intent"]) == ("comun", "fuera_de_alcance")
    assert all(0 <= line["confidence"] <= 1 and line["ms"] >= 0 for line in (cost, blood, rain, nothing))


def test_an_empty_token_is_refused(bot: Bot) -> None:
    with pytest.raises(ValueError):
        application(bot, "")
