"""`ventanilla user add`: the first account is made at the machine, never on the web."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from backend.commands.database import NoDatabase, database_url
from backend.db import create_engine, create_sessions
from backend.operators import passwords
from backend.operators.roles import ROLES
from backend.operators.service import InvalidOperator, create_operator
from backend.schema import migrate
from backend.settings import Settings, get_settings
from bot.packs.load import load_jurisdiction
from bot.packs.yaml_file import PackError

app = typer.Typer(help="Personas que entran a la mesa de atención.", no_args_is_help=True)


@app.callback()
def _users() -> None:
    """Keep `add` a command of its own while it is the only one."""


@app.command("add")
def add(
    email: Annotated[str, typer.Option(prompt="Correo", help="Con él se entra.")],
    name: Annotated[str, typer.Option(prompt="Nombre", help="Como lo leen sus colegas.")],
    role: Annotated[str, typer.Option(help=f"Uno de: {', '.join(ROLES)}.")] = "operador",
    department: Annotated[
        list[str] | None, typer.Option(help="Clave de su departamento; se puede repetir. «todos»: todos.")
    ] = None,
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Preguntar la contraseña en vez de crear una.")
    ] = False,
) -> None:
    """Agrega una persona. Sin --ask-password se crea una contraseña, que se muestra esta única vez."""
    settings = get_settings()
    wanted = department or []
    try:
        everything = "todos" in wanted
        chosen = [] if everything else _known(settings, wanted)
        password = _ask() if ask_password else passwords.generate()
        asyncio.run(_add(database_url(settings), email, name, role, password, chosen, everything))
    except (InvalidOperator, NoDatabase, PackError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    typer.echo(f"Listo: {email.strip().lower()} puede entrar como {ROLES[role].title}.")
    if not ask_password:
        typer.echo(f"Contraseña: {password}\nNo se vuelve a mostrar; entrégala en persona y pide que la cambie.")


def _ask() -> str:
    asked: str = typer.prompt("Contraseña", hide_input=True, confirmation_prompt="Otra vez")
    return asked


def _known(settings: Settings, wanted: list[str]) -> list[str]:
    """The ids, or InvalidOperator naming the ones that exist."""
    existing = load_jurisdiction(settings.content_dir, settings.jurisdiction).institution.departments
    unknown = [one for one in wanted if one not in existing]
    if unknown or not wanted:
        which = f"No existe el departamento {', '.join(unknown)}" if unknown else "Falta --department"
        raise InvalidOperator(f"{which}; elige de: {', '.join(existing)}, todos.")
    return wanted


async def _add(
    url: str, email: str, name: str, role: str, password: str, departments: list[str], everything: bool
) -> None:
    await asyncio.to_thread(migrate, url)
    engine = create_engine(url)
    try:
        async with create_sessions(engine).begin() as session:
            await create_operator(
                session, email=email, name=name, role=role, password=password,
                departments=departments, all_departments=everything,
            )  # fmt: skip
    finally:
        await engine.dispose()
