"""The bot as a private service of the backend: `python -m bot.serve --port 8091 --model FILE`.

`POST /turns` answers a batch of turns, `POST /parse` says what texts mean, `GET /health` names the model. It listens
on loopback, wants the token $VENTANILLA_ACTIONS_TOKEN, keeps nothing and logs no citizen's word.
"""

from __future__ import annotations

import argparse
import hmac
import logging
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.engine.quiet import quiet, quiet_imports
from bot.engine.without_tensorflow import install
from bot.garbage import spare_what_is_loaded

if TYPE_CHECKING:
    from bot.engine.bot import Bot

BOT: web.AppKey[Bot] = web.AppKey("bot")
TOKEN: web.AppKey[str] = web.AppKey("token", str)

LARGEST_BODY = 64 * 1024 * 1024
MOST_TURNS = 256
MOST_TEXTS = 5000

logger = logging.getLogger("bot.serve")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequest(ValueError):
    """The body is not what the endpoint reads; the message says why."""


def _refused(status: int, reason: str) -> web.Response:
    return web.json_response({"error": reason}, status=status)


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Token first; whatever goes wrong gives a status and a sentence, never a stack trace."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if request.path != "/health" and not hmac.compare_digest(token.encode(), request.app[TOKEN].encode()):
        return _refused(401, "a bearer token is needed")
    try:
        return await handler(request)
    except BadRequest as error:
        return _refused(400, str(error))
    except web.HTTPException as error:
        return _refused(error.status, error.reason)
    except Exception as error:
        logger.error("%s failed: %s", request.path, type(error).__name__)
        return _refused(500, type(error).__name__)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        value = await request.json()
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest("the body must be JSON") from error
    if not isinstance(value, dict):
        raise BadRequest("the body must be an object")
    return value


def _list(body: dict[str, Any], key: str, most: int) -> list[Any]:
    value = body.get(key)
    if not isinstance(value, list) or len(value) > most:
        raise BadRequest(f"{key}: a list of at most {most} is needed")
    return value


async def turns(request: web.Request) -> web.Response:
    """A batch of turns; one that fails answers `ok: false` and does not fail its neighbours."""
    asked = _list(await _body(request), "turns", MOST_TURNS)
    return web.json_response({"turns": await request.app[BOT].turns.run(asked)})


async def parse(request: web.Request) -> web.Response:
    """What each text means on its own."""
    texts = _list(await _body(request), "texts", MOST_TEXTS)
    if not all(isinstance(text, str) for text in texts):
        raise BadRequest("texts: every one must be a text")
    return web.json_response([request.app[BOT].understand(text) for text in texts])


async def health(request: web.Request) -> web.Response:
    bot = request.app[BOT]
    return web.json_response({"status": "ok", "model": bot.model, "packs": bot.packs})


def application(bot: Bot, token: str) -> web.Application:
    """The service around a loaded bot. An empty token is refused with ValueError."""
    if not token:
        raise ValueError("VENTANILLA_ACTIONS_TOKEN is not set")
    app = web.Application(middlewares=[guard], client_max_size=LARGEST_BODY)
    app[BOT], app[TOKEN] = bot, token
    app.add_routes([web.post("/turns", turns), web.post("/parse", parse), web.get("/health", health)])

    async def close(_: web.Application) -> None:
        await bot.close()

    app.on_cleanup.append(close)
    return app


def main() -> int:
    parser = argparse.ArgumentParser(description="Serve the bot to the backend.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--model", type=Path, required=True)
    chosen = parser.parse_args()
    started = time.monotonic()
    install()
    quiet_imports()
    from bot.engine.bot import Bot, CannotServe

    quiet()
    try:
        bot = Bot.load(chosen.model)
        app = application(bot, os.environ.get("VENTANILLA_ACTIONS_TOKEN", ""))
    except (CannotServe, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    spare_what_is_loaded()
    print(f"bot: {bot.model} ready in {time.monotonic() - started:.1f} s", flush=True)
    web.run_app(app, host=chosen.host, port=chosen.port, print=None, access_log=None, shutdown_timeout=10.0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
