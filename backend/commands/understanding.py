"""`parse`: what the bot understands, a JSON line for each line of standard input."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from typing import Annotated

import httpx
import orjson
import typer

from backend.settings import Settings, get_settings
from backend.tasks.bot_client import BotAway, BotClient
from backend.up.configuration import environment, free_port
from backend.up.model import NoModel, current_model
from backend.up.parts import PartFailed, bot_part

LINES = 64  # asked at once


def parse(
    no_context: Annotated[
        bool, typer.Option("--no-context", help="Sin leer sí/no ni números a la luz de una pregunta.")
    ] = False,
) -> None:
    """Entrada estándar, un mensaje por renglón → un JSON por renglón."""
    settings = get_settings()
    try:
        port = free_port()
        env = environment(settings, {}, port)
        part = bot_part(1, port, current_model(settings), env, None)
    except (NoModel, PartFailed) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    part.log = settings.data_dir / "logs" / "parse.log"
    part.log.parent.mkdir(parents=True, exist_ok=True)
    part.start()
    try:
        part.wait_until_well()
        asyncio.run(_parse(settings, f"http://127.0.0.1:{port}", env["VENTANILLA_ACTIONS_TOKEN"], not no_context))
    except (PartFailed, BotAway) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    finally:
        part.stop()


async def _parse(settings: Settings, url: str, token: str, context: bool) -> None:
    async with httpx.AsyncClient() as http:
        bot = BotClient([url], token, http)
        for lines in _groups():
            for result in await bot.parse(lines, context):
                sys.stdout.buffer.write(orjson.dumps(result) + b"\n")
            sys.stdout.buffer.flush()


def _groups() -> Iterator[list[str]]:
    """Lines as they come: whatever has arrived by now goes together, so that a slow writer gets each answer at once."""
    rest = b""
    while piece := os.read(sys.stdin.fileno(), 65_536):
        *lines, rest = (rest + piece).split(b"\n")
        texts = [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
        for start in range(0, len(texts), LINES):
            yield texts[start : start + LINES]
    if rest:
        yield [rest.decode("utf-8", "replace")]
