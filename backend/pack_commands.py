"""`ventanilla pack new|check|show|test`: what an author of a service needs, without touching Python."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import httpx
import typer
import yaml

from backend.pack_tests import Outcome, bot_parse, run_packs
from backend.settings import ROOT, Settings, get_settings
from bot.packs.check import check_data
from bot.packs.compile import Rasa, as_rasa, compile_packs
from bot.packs.load import PackError, load_pack, load_packs
from bot.packs.scaffold import scaffold

app = typer.Typer(help="Escribir y probar servicios (carpetas de data/services).", no_args_is_help=True)
BOT_PYTHON = ROOT / ".venv-bot" / "bin" / "python"
LEAST_UNDERSTOOD = 0.8  # share of a pack's test sentences; dangers and conversations must all pass
START_SECONDS = 180.0


def _refuse(error: PackError) -> typer.Exit:
    for fault in error.faults:
        typer.echo(str(fault), err=True)
    return typer.Exit(1)


@app.command("new")
def new(
    pack_id: Annotated[str, typer.Argument(help="nombre de la carpeta: minúsculas, números y _")],
    title: Annotated[str | None, typer.Option(help="nombre que ve la ciudadanía")] = None,
) -> None:
    """Crea una carpeta que ya pasa `pack check`, para escribir sobre ella."""
    try:
        folder = scaffold(get_settings().content_dir, pack_id, title)
    except PackError as error:
        raise _refuse(error) from None
    typer.echo(f"{folder}: escribe service.yml y tests.yml; después: ventanilla pack check {folder}")


@app.command("check")
def check(
    folder: Annotated[Path | None, typer.Argument(help="carpeta de un servicio, o data; sin ella, todo")] = None,
) -> None:
    """Revisa servicios, datos y teléfonos. Termina con 1 si hay errores; los avisos no lo impiden."""
    data_dir, alone = get_settings().content_dir, None
    if folder is not None and (folder / "services").is_dir():
        data_dir = folder
    elif folder is not None:
        alone = folder.resolve()
    faults = check_data(data_dir, date.today(), alone)
    errors = [fault for fault in faults if fault.level == "error"]
    for fault in faults:
        typer.echo(f"{'ERROR' if fault.level == 'error' else 'aviso'} {fault}")
    typer.echo(f"{len(errors)} errores, {len(faults) - len(errors)} avisos")
    if errors:
        raise typer.Exit(1)


class _Dumper(yaml.SafeDumper):
    """Long examples as blocks, lists under their key."""


def _as_block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _as_block)


@app.command("show")
def show(pack_id: Annotated[str, typer.Argument(help="nombre de la carpeta")]) -> None:
    """Imprime los datos de Rasa en que se convierte un servicio."""
    try:
        document: Rasa = as_rasa(compile_packs([load_pack(get_settings().content_dir, pack_id)]))
    except PackError as error:
        raise _refuse(error) from None
    typer.echo(yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120), nl=False)


@app.command("test")
def test(
    pack_id: Annotated[str | None, typer.Argument(help="nombre de la carpeta; sin él, todas")] = None,
    url: Annotated[str | None, typer.Option(help="dirección de un bot en marcha; sin ella se arranca uno")] = None,
    least: Annotated[float, typer.Option(help="parte de las frases que debe entender, de 0 a 1")] = LEAST_UNDERSTOOD,
) -> None:
    """Prueba que el bot entienda las frases de tests.yml."""
    settings = get_settings()
    token = settings.actions_token.get_secret_value()
    try:
        packs = load_packs(settings.content_dir, settings.service_ids)
        chosen = [load_pack(settings.content_dir, pack_id)] if pack_id else packs
    except PackError as error:
        raise _refuse(error) from None
    with running_bot(settings, url) as address:
        outcomes = run_packs(chosen, bot_parse(address, token))
    for outcome in outcomes:
        report(outcome, least)
    if not all(passed(outcome, least) for outcome in outcomes):
        raise typer.Exit(1)


def passed(outcome: Outcome, least: float = LEAST_UNDERSTOOD) -> bool:
    """A pack passes when it understands enough, and misses no danger and no conversation."""
    grave = [miss for miss in outcome.misses if miss.wanted == "danger" or miss.place.startswith("conversations.")]
    return outcome.understood >= least and not grave


def report(outcome: Outcome, least: float) -> None:
    for miss in outcome.misses:
        typer.echo(str(miss))
    verdict = "bien" if passed(outcome, least) else "MAL"
    typer.echo(
        f"{verdict} {outcome.pack}: {outcome.understood:.1%} de {outcome.sentences} frases, "
        f"{outcome.conversations} conversaciones, {len(outcome.misses)} fallas"
    )


@contextmanager
def running_bot(settings: Settings, url: str | None) -> Iterator[str]:
    """The address of a bot that answers: the given one, or one trained and started here and stopped afterwards."""
    if url is not None:
        yield url.rstrip("/")
        return
    model = _train(settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(BOT_PYTHON), "-W", "ignore", "-m", "bot.serve", "--port", str(port), "--model", model]
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(settings), stdout=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _train(settings: Settings) -> str:
    """The path of the model of the present packs, which costs nothing when it is there already."""
    models = str(settings.data_dir / "models")
    command = [str(BOT_PYTHON), "-m", "bot.train", "--data", str(settings.content_dir), "--out", models]
    done = subprocess.run(command, cwd=ROOT, env=_environment(settings), capture_output=True, text=True)
    if done.returncode:
        typer.echo(done.stderr.strip() or done.stdout.strip(), err=True)
        raise typer.Exit(1)
    return done.stdout.strip().splitlines()[-1].rsplit(" (", 1)[0]


def _environment(settings: Settings) -> dict[str, str]:
    token = settings.actions_token.get_secret_value()
    return {**os.environ, "VENTANILLA_ACTIONS_TOKEN": token, "VENTANILLA_DATA_FILES": str(settings.content_dir)}


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{url}/health", timeout=2).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    typer.echo("el bot no arrancó", err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
