"""`ventanilla pack new|check|show|test`: what an author of a service needs, without touching Python."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer
import yaml

from backend.campaigns.programme_lint import check_programme_files
from backend.contacts.fields import load_fields
from backend.embedded.supervision import EmbeddedServerError
from backend.flows.check import check_flows
from backend.pack_tests import Outcome, bot_parse, run_packs
from backend.settings import get_settings
from backend.up.model import NoModel
from backend.up.parts import PartFailed
from backend.up.talk import NoAnswer
from backend.up.trial import citizen, trial_installation
from bot.packs.check import check_data
from bot.packs.compile import Rasa, as_rasa, compile_packs
from bot.packs.load import PackError, load_pack, load_packs
from bot.packs.scaffold import scaffold

app = typer.Typer(help="Escribir y probar servicios (carpetas de data/services).", no_args_is_help=True)
LEAST_UNDERSTOOD = 0.8  # share of a pack's test sentences; dangers and conversations must all pass


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
    faults = list(check_data(data_dir, date.today(), alone))
    for jurisdiction in sorted(path.name for path in data_dir.glob("jurisdictions/*/") if alone is None):
        faults += check_flows(data_dir, jurisdiction)
        fields = {field.key for field in load_fields(data_dir)}
        faults += check_programme_files(data_dir, jurisdiction, fields)
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
    least: Annotated[float, typer.Option(help="parte de las frases que debe entender, de 0 a 1")] = LEAST_UNDERSTOOD,
) -> None:
    """Prueba las frases y las conversaciones de tests.yml, por el mismo camino que un SMS."""
    settings = get_settings()
    try:
        packs = load_packs(settings.content_dir, settings.service_ids)
        chosen = [load_pack(settings.content_dir, pack_id)] if pack_id else packs
    except PackError as error:
        raise _refuse(error) from None
    try:
        with trial_installation(settings) as (installation, engine):
            parse = bot_parse(installation.env["VENTANILLA_BOT_URL"], installation.env["VENTANILLA_ACTIONS_TOKEN"])
            outcomes = run_packs(chosen, parse, lambda: citizen(installation.base_url, engine))
    except (NoModel, PartFailed, EmbeddedServerError, NoAnswer) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
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


if __name__ == "__main__":
    app()
