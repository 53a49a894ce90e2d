"""`up`, `train`, `seed`."""

from __future__ import annotations

import asyncio
import signal
import time
from typing import Annotated, NoReturn

import typer
from sqlalchemy import select

from backend.db import create_engine, create_sessions
from backend.embedded.supervision import EmbeddedServerError
from backend.operators.models import Operator
from backend.operators.service import create_operator
from backend.settings import UnsafeConfiguration, get_settings
from backend.up.configuration import DEMO_SIGN_IN, development_secrets
from backend.up.installation import AlreadyRunning, Installation, prepare, readable_path
from backend.up.model import NoModel, current_model
from backend.up.parts import PartFailed
from bot.packs.yaml_file import PackError


def up(
    workers: Annotated[int, typer.Option(help="Procesos que contestan y entregan.")] = 1,
    bots: Annotated[int, typer.Option(help="Procesos del bot.")] = 1,
    port: Annotated[int, typer.Option(help="Puerto de la página y los webhooks.")] = 8000,
    demo: Annotated[bool, typer.Option("--demo", help="Con una persona operadora de ejemplo.")] = False,
) -> None:
    """Arranca todas las partes en esta máquina; Ctrl-C las detiene."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, _interrupt)
    installation = Installation(get_settings(), workers=workers, bots=bots, port=port)
    try:
        with installation:
            _greet(installation, demo, time.monotonic() - started)
            installation.watch()
    except (AlreadyRunning, NoModel, PartFailed, UnsafeConfiguration, PackError, EmbeddedServerError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        typer.echo("Todo se detuvo.")


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _greet(installation: Installation, demo: bool, seconds: float) -> None:
    base = installation.base_url
    lines = [f"Ventanilla está lista ({seconds:.1f} s).", "", f"  Mesa de atención   {base}/"]
    if not installation.settings.in_production:
        lines.append(f"  Teléfonos          {base}/simulator")
    lines.append(f"  API                {base}/api/openapi.json")
    if demo:
        password = development_secrets(installation.settings.data_dir)["VENTANILLA_DEMO_PASSWORD"]
        asyncio.run(demo_operator(installation.env["VENTANILLA_DATABASE_URL"], password))
        lines.append(f"  Para entrar        {DEMO_SIGN_IN}   {password}")
    lines += ["", f"Bitácoras en {readable_path(installation.settings.data_dir / 'logs')}. Ctrl-C detiene todo."]
    typer.echo("\n".join(lines))


async def demo_operator(url: str, password: str) -> None:
    engine = create_engine(url)
    try:
        async with create_sessions(engine).begin() as session:
            if await session.scalar(select(Operator.id).where(Operator.email == DEMO_SIGN_IN)) is None:
                await create_operator(
                    session, email=DEMO_SIGN_IN, name="Persona de ejemplo", role="supervisor", password=password,
                    departments=[], all_departments=True,
                )  # fmt: skip
    finally:
        await engine.dispose()


def train() -> None:
    """Entrena el modelo de los servicios instalados, si no existe ya."""
    try:
        typer.echo(str(current_model(get_settings())))
    except NoModel as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def seed_example() -> None:
    """Pone al día las tablas y lleva los textos de los archivos a la base (lo editado en la mesa se respeta)."""
    settings = get_settings()
    if not settings.database_url:
        typer.echo("VENTANILLA_DATABASE_URL: falta; `ventanilla up` lo hace solo con su propia base.", err=True)
        raise typer.Exit(1)
    prepare(settings.database_url, settings)
    typer.echo("Listo.")
