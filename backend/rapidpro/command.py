"""`ventanilla import rapidpro PATH…`: flows, campaigns and triggers of RapidPro become YAML of ours."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from backend.flows.commands import imported_folder
from backend.rapidpro.convert import Import, import_exports
from backend.rapidpro.lint import lint
from backend.rapidpro.loose import slug
from backend.rapidpro.notes import Note
from backend.rapidpro.store import files, save
from backend.settings import Settings, get_settings
from bot.packs.check import allowed_in
from bot.packs.check_texts import Allowed
from bot.packs.load import PackError, load_jurisdiction, load_phones

NOT_ALL = 2  # exit code: something was not converted


def rapidpro(
    paths: Annotated[list[Path], typer.Argument(help="exportaciones .json, o carpetas con ellas")],
    to: Annotated[Path | None, typer.Option("--to", help="carpeta donde se escriben; sin ella, la de datos")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="solo revisa; no escribe nada")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="reemplaza lo que ya estaba escrito")] = False,
) -> None:
    """Convierte exportaciones de RapidPro (versiones 4 a 11, y 13) y dice qué nodo no pudo y por qué.

    Termina con 0 si todo se convirtió, con 2 si algo no; el último renglón es la cuenta.
    """
    settings = get_settings()
    folder = to or imported_folder(settings) / "rapidpro"
    brought = import_exports(paths, slug(folder.resolve().name, "rapidpro"))
    warnings = [*brought.notes.warnings, *lint(brought.flows, brought.campaigns, _allowed(settings))]
    _tell("SIN CONVERTIR", brought.notes.unconverted)
    _tell("aviso", warnings)
    if not dry_run and brought.flows:
        contents = files(brought, slug(folder.resolve().name, "rapidpro"))
        kept = save(folder, contents, overwrite)
        for name in kept:
            typer.echo(f"ya estaba y es distinto: {folder / name} (usa --overwrite para reemplazarlo)")
        typer.echo(f"{len(contents) - len(kept)} archivos en {folder}")
    typer.echo(count(brought, len(warnings)))
    if brought.notes.unconverted:
        raise typer.Exit(NOT_ALL)


def count(brought: Import, warnings: int) -> str:
    return (
        f"{brought.files} archivos: {len(brought.flows)} flujos con {brought.nodes} nodos, "
        f"{len(brought.campaigns)} campañas, {len(brought.triggers)} disparadores; "
        f"{len(brought.notes.unconverted)} sin convertir, {warnings} avisos"
    )


def _tell(word: str, notes: Iterable[Note]) -> None:
    for note in notes:
        typer.echo(f"{word} {note}")


def _allowed(settings: Settings) -> Allowed:
    """The telephones that texts may name; none where the installation has no lists yet."""
    try:
        jurisdiction = load_jurisdiction(settings.content_dir, settings.jurisdiction)
        return allowed_in(jurisdiction, load_phones(settings.content_dir))
    except PackError:
        return Allowed((), frozenset())
