"""The real bot for tests, trained once from the real packs, and a stand-in for the backend's API."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from bot.engine.without_tensorflow import install

install()  # before anything imports Rasa, which would load TensorFlow

from actions.backend import backend  # noqa: E402  # after install()
from bot.engine.bot import Bot  # noqa: E402  # after install()
from bot.engine.quiet import quiet  # noqa: E402  # after install()
from bot.installed import ROOT, data_dir  # noqa: E402  # after install()
from bot.train import train  # noqa: E402  # after install()

TODAY = "2026-11-22"  # a Sunday
TOKEN = "token-of-the-tests"
FOLIOS = ("EJ-7K3M-Q2P", "EJ-8R4N-V3T", "EJ-9W5X-Y6H")


# while tests are collected, outside of any test's time limit
MODEL = train(data_dir(), ROOT / "var" / "models", ROOT / "config.yml")


@pytest.fixture(scope="session")
def bot() -> Bot:
    quiet()
    return Bot.load(MODEL)


@dataclass
class Registry:
    """The backend's API for records as its contract says: the same key gives the same folio."""

    made: dict[str, dict[str, Any]] = field(default_factory=dict)  # by Idempotency-Key
    known: dict[str, str] = field(default_factory=dict)  # folio -> status_text
    away: bool = False

    async def create(self, request: web.Request) -> web.Response:
        if self.away:
            return web.json_response({}, status=503)
        assert request.headers["Authorization"] == f"Bearer {TOKEN}"
        key = request.headers["Idempotency-Key"]
        again = key in self.made
        self.made.setdefault(key, {**await request.json(), "folio": FOLIOS[len(self.made)]})
        answer = {"folio": self.made[key]["folio"], "status": "received", "status_text": "recibida"}
        return web.json_response(answer, status=200 if again else 201)

    async def look_up(self, request: web.Request) -> web.Response:
        folio = request.match_info["folio"]
        if folio not in self.known:
            return web.json_response({"detail": "not found"}, status=404)
        return web.json_response({"folio": folio, "status": "x", "status_text": self.known[folio]})

    @property
    def records(self) -> list[dict[str, Any]]:
        return list(self.made.values())

    @asynccontextmanager
    async def open(self) -> Any:
        app = web.Application()
        app.add_routes([
            web.post("/api/v1/requests", self.create),
            web.post("/api/v1/appointments", self.create),
            web.get("/api/v1/requests/{folio}", self.look_up),
        ])  # fmt: skip
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        os.environ["VENTANILLA_BACKEND_URL"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
        os.environ["VENTANILLA_ACTIONS_TOKEN"] = TOKEN
        backend.cache_clear()
        try:
            yield self
        finally:
            await backend().close()
            await runner.cleanup()


@pytest.fixture
def registry() -> Iterator[Registry]:
    yield Registry()


async def say(
    bot: Bot, text: str | Mapping[str, Any], last: Mapping[str, Any] | None, number: int = 0
) -> dict[str, Any]:
    """One turn after `last`, the answer to the turn before."""
    turn: dict[str, Any] = {
        "turn_id": f"turn-{number}", "conversation": "conversation-1", "channel": "twilio_sms", "text": "",
        "version": number,
        "state": last["state"] if last else None, "expect": last["expect"] if last else None,
        "context": {"jurisdiction": "ejemplo", "locale_date": TODAY, "timezone": "America/Mexico_City"},
    }  # fmt: skip
    given = {"text": text} if isinstance(text, str) else text
    turn.update({**given, "context": {**turn["context"], **given.get("context", {})}})
    return (await bot.turns.run([turn]))[0]


def talk(bot: Bot, texts: Sequence[str | Mapping[str, Any]], registry: Registry) -> list[dict[str, Any]]:
    """A whole conversation; the state goes out and in at each turn, as the backend does it."""

    async def run() -> list[dict[str, Any]]:
        answers: list[dict[str, Any]] = []
        async with registry.open():
            for number, text in enumerate(texts):
                good = [answer for answer in answers if answer["ok"]]
                answers.append(await say(bot, text, good[-1] if good else None, number))
        return answers

    return asyncio.run(run())


def words(answer: Mapping[str, Any]) -> str:
    return " ".join(reply["text"] for reply in answer["replies"])
