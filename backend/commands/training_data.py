"""`train-data export`: the training sentences for others to use, with their data card."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backend.evaluation.training_data import export
from backend.settings import get_settings
from bot.packs.load import load_packs
from bot.packs.yaml_file import PackError

app = typer.Typer(help="Las oraciones de entrenamiento.", no_args_is_help=True)
CARD = Path(__file__).resolve().parent.parent.parent / "docs" / "data_card.md"


@app.callback()
def group() -> None:
    """Las oraciones de entrenamiento."""


@app.command("export")
def export_command(
    out: Annotated[Path, typer.Option("--out", help="Carpeta.", file_okay=False)] = Path("train-data"),
) -> None:
    """Escribe sentences.jsonl, names.jsonl y la ficha de los datos (CC BY 4.0)."""
    try:
        count = export(load_packs(get_settings().content_dir), CARD, out)
    except (OSError, PackError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{out}: {count} oraciones")
