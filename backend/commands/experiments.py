"""`experiment check|list|start|end|note|export|audit|report`: randomised trials from a terminal."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import orjson
import typer
from sqlalchemy.ext.asyncio import AsyncSession

from backend.clock import now
from backend.commands.database import NoDatabase, open_database
from backend.crypto import vault
from backend.experiments import service
from backend.experiments.allocation import Row, audit
from backend.experiments.assignment import listed
from backend.experiments.flow_check import flow_faults
from backend.experiments.lists import UnreadableList, read_list, write_list
from backend.experiments.material import Material, gather
from backend.experiments.protocol import Protocol
from backend.experiments.reading import load_protocols
from backend.flows.load import load_flows
from backend.operators.audit import record
from backend.settings import get_settings
from bot.packs.yaml_file import PackError

app = typer.Typer(help="Estudios: brazos al azar que se pueden comprobar, y lo que resultó.", no_args_is_help=True)
T = TypeVar("T")
Key = Annotated[str, typer.Argument(help="Nombre del estudio.")]
Why = Annotated[str, typer.Option("--why", help="Por qué; queda en la bitácora del estudio.")]


@app.command("check")
def check() -> None:
    """Revisa los protocolos escritos y los flujos que hablan de ellos. Termina con 1 si hay errores."""
    protocols = _protocols()
    try:
        faults = flow_faults(protocols, load_flows(get_settings().content_dir))
    except PackError as problem:
        raise _refuse(problem) from problem
    for fault in faults:
        typer.echo(f"ERROR {fault}")
    typer.echo(f"{len(protocols)} protocolos, {len(faults)} errores")
    raise typer.Exit(1 if faults else 0)


@app.command("list")
def show_all() -> None:
    """Los estudios y en qué van."""
    for one in _in_database(service.trials):
        typer.echo(f"{one.protocol.key}  {one.state}  {one.protocol.title}")


@app.command("start")
def start(key: Key) -> None:
    """Fija el protocolo y empieza a asignar. No tiene vuelta: después, cambiar el archivo solo se anota."""

    async def work(session: AsyncSession) -> service.Trial:
        await service.see_files(session, _protocols(), now())
        record(session, None, "start", "experiment", key, detail={"terminal": getpass.getuser()})
        return await service.start(session, key, getpass.getuser(), now(), production=get_settings().in_production)

    typer.echo(f"«{key}» empezó. Protocolo {_in_database(work).digest}")


@app.command("end")
def end(key: Key, why: Why) -> None:
    """Termina un estudio: nadie más entra y nada más se mide."""

    async def work(session: AsyncSession) -> service.Trial:
        record(session, None, "end", "experiment", key, detail={"terminal": getpass.getuser()})
        return await service.end(session, key, getpass.getuser(), why, now())

    _in_database(work)
    typer.echo(f"«{key}» terminó.")


@app.command("note")
def note(key: Key, why: Why) -> None:
    """Anota en la bitácora algo que debe saber quien lea el resultado."""
    _in_database(lambda session: service.note(session, key, getpass.getuser(), why, now()))
    typer.echo("Anotado.")


@app.command("export")
def export(key: Key) -> None:
    """La lista de asignaciones como CSV, para quien la compruebe fuera."""
    typer.echo(write_list(_in_database(lambda session: listed(session, key))), nl=False)


@app.command("audit")
def check_list(
    key: Key,
    file: Annotated[Path | None, typer.Option("--file", help="Lista exportada; sin ella, la de la base.")] = None,
) -> None:
    """Vuelve a calcular cada asignación. Termina con 1 si alguna no es la que toca.

    Con --file no hace falta la base: usa el protocolo escrito.
    """
    protocol, rows = _from_file(key, file) if file else _in_database(lambda session: _from_database(session, key))
    faults = audit(protocol, rows)
    for fault in faults:
        typer.echo(f"✗ {fault}")
    typer.echo(f"{len(rows)} asignaciones, {len(faults)} que no coinciden. Protocolo {protocol.digest}")
    raise typer.Exit(1 if faults else 0)


@app.command("report")
def show_report(
    key: Key, as_json: Annotated[bool, typer.Option("--json", help="Como JSON, con todo el detalle.")] = False
) -> None:
    """Brazos, balance, diferencias con su intervalo y bitácora."""
    from backend.experiments.report import report  # loads scipy, which the other commands do without
    from backend.experiments.wording import text

    made = report(_in_database(lambda session: _material(session, key)))
    if as_json:
        typer.echo(orjson.dumps(made.to_json(), option=orjson.OPT_INDENT_2).decode())
    else:
        typer.echo("\n".join(text(made)))


async def _material(session: AsyncSession, key: str) -> Material:
    settings = get_settings()
    trial = await _trial(session, key)
    return await gather(session, vault(settings), trial, ZoneInfo(settings.timezone), now())


async def _from_database(session: AsyncSession, key: str) -> tuple[Protocol, list[Row]]:
    return (await _trial(session, key)).protocol, await listed(session, key)


async def _trial(session: AsyncSession, key: str) -> service.Trial:
    found = await service.find(session, key)
    if found is None:
        raise service.Refused(f"no existe el estudio «{key}»; los que hay: ventanilla experiment list")
    return found


def _from_file(key: str, file: Path) -> tuple[Protocol, list[Row]]:
    protocol = next((one for one in _protocols() if one.key == key), None)
    try:
        if protocol is None:
            raise service.Refused(f"no hay un protocolo escrito que se llame «{key}»")
        return protocol, read_list(file.read_text(encoding="utf-8"))
    except (service.Refused, UnreadableList, OSError, UnicodeDecodeError) as problem:
        raise _refuse(problem) from problem


def _protocols() -> tuple[Protocol, ...]:
    try:
        return load_protocols(get_settings().content_dir)
    except PackError as problem:
        raise _refuse(problem) from problem


def _refuse(problem: Exception) -> typer.Exit:
    typer.echo(str(problem), err=True)
    return typer.Exit(1)


def _in_database(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    async def inside() -> T:
        async with open_database(get_settings()) as sessions, sessions.begin() as session:
            return await work(session)

    try:
        return asyncio.run(inside())
    except (NoDatabase, service.Refused) as problem:
        raise _refuse(problem) from problem
