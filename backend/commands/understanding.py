"""`parse` and `evaluate`: what the bot understands, and how often that is right. Both start a bot of their own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer

from backend.evaluation.report import evaluate as evaluated
from backend.evaluation.report import lines
from backend.evaluation.sentences import BadSentence, Sentence, read_sentences
from backend.settings import Settings, get_settings
from backend.tasks.bot_client import BotAway, BotClient
from backend.up.configuration import environment, free_port
from backend.up.model import NoModel, current_model
from backend.up.parts import PartFailed, bot_part

LINES = 64  # asked at once

Understood = dict[str, Any]


@dataclass(frozen=True)
class _Bot:
    url: str
    token: str


def parse(
    no_context: Annotated[
        bool, typer.Option("--no-context", help="Sin leer sí/no ni números a la luz de una pregunta.")
    ] = False,
) -> None:
    """Entrada estándar, un mensaje por renglón → un JSON por renglón."""
    with _running_bot(get_settings()) as bot:
        asyncio.run(_parse(bot, not no_context))


def evaluate(
    file: Annotated[Path, typer.Argument(help="Oraciones etiquetadas: un JSON por renglón.", dir_okay=False)],
    json: Annotated[Path | None, typer.Option("--json", help="Escribe aquí el informe completo.")] = None,
) -> None:
    """Mide qué tan bien entiende el bot: {"text","service","intent","entities":{},"danger":bool} por renglón."""
    try:
        sentences = read_sentences(file)
    except (OSError, BadSentence) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    with _running_bot(get_settings()) as bot:
        report = evaluated(sentences, asyncio.run(_understand(bot, sentences)))
    if json:
        json.write_bytes(orjson.dumps(report, option=orjson.OPT_INDENT_2))
    typer.echo("\n".join(lines(report)))


@contextmanager
def _running_bot(settings: Settings) -> Iterator[_Bot]:
    """A bot on loopback while the block runs. What keeps it from starting or answering is said, with exit code 1."""
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
        yield _Bot(f"http://127.0.0.1:{port}", env["VENTANILLA_ACTIONS_TOKEN"])
    except (PartFailed, BotAway) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    finally:
        part.stop()


async def _parse(bot: _Bot, context: bool) -> None:
    async with httpx.AsyncClient() as http:
        client = BotClient([bot.url], bot.token, http)
        for texts in _groups():
            for result in await client.parse(texts, context):
                sys.stdout.buffer.write(orjson.dumps(result) + b"\n")
            sys.stdout.buffer.flush()


async def _understand(bot: _Bot, sentences: list[Sentence]) -> list[Understood]:
    async with httpx.AsyncClient() as http:
        client = BotClient([bot.url], bot.token, http)
        texts = [sentence.text for sentence in sentences]
        groups = [texts[start : start + LINES] for start in range(0, len(texts), LINES)]
        return [result for group in groups for result in await client.parse(group, False)]


def _groups() -> Iterator[list[str]]:
    """Lines as they come: whatever has arrived by now goes together, so that a slow writer gets each answer at once."""
    rest = b""
    while piece := os.read(sys.stdin.fileno(), 65_536):
        *whole, rest = (rest + piece).split(b"\n")
        texts = [line.decode("utf-8", "replace").rstrip("\r") for line in whole]
        for start in range(0, len(texts), LINES):
            yield texts[start : start + LINES]
    if rest:
        yield [rest.decode("utf-8", "replace")]
