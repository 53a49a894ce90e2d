"""`ventanilla flow check|talk`: what an author of flows needs, without a database or a bot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from backend.flows.check import check_flows
from backend.flows.load import load_flows
from backend.flows.model import Flow, Trial, Turn
from backend.flows.read_words import span_minutes
from backend.flows.trials import Rehearsal
from backend.settings import Settings, get_settings
from bot.packs.yaml_file import PackError, nearest

app = typer.Typer(help="Escribir y probar flujos (data/services/*/flows).", no_args_is_help=True)


def imported_folder(settings: Settings) -> Path:
    """Where imports are kept: folders like those of services."""
    return settings.data_dir / "imported"


@app.command("check")
def check() -> None:
    """Revisa los flujos y sostiene sus pruebas. Termina con 1 si hay errores; los avisos no lo impiden."""
    settings = get_settings()
    faults = check_flows(settings.content_dir, settings.jurisdiction)
    errors = [fault for fault in faults if fault.level == "error"]
    for fault in faults:
        typer.echo(f"{'ERROR' if fault.level == 'error' else 'aviso'} {fault}")
    typer.echo(f"{len(errors)} errores, {len(faults) - len(errors)} avisos")
    if errors:
        raise typer.Exit(1)


@app.command("talk")
def talk(flow_id: Annotated[str, typer.Argument(help="<carpeta>/<flujo>, por ejemplo salud_materna/vacunas")]) -> None:
    """Conversa con un flujo en la terminal. `+2 d` deja pasar dos días; Ctrl-D termina."""
    settings = get_settings()
    try:
        flows = load_flows(settings.content_dir, imported_folder(settings))
    except PackError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if flow_id not in flows:
        typer.echo(f"no hay un flujo '{flow_id}'{nearest(flow_id, flows)}", err=True)
        raise typer.Exit(1)
    _converse(flows, flow_id)


def _converse(flows: dict[str, Flow], flow_id: str) -> None:
    rehearsal = Rehearsal(flows, flow_id, Trial("terminal", ()))
    _show(rehearsal.turn(Turn()))
    for line in sys.stdin:
        if rehearsal.run.over:
            break
        _show(rehearsal.turn(_turn(line.rstrip("\n"))))
    run = rehearsal.run
    typer.echo(f"({run.outcome or 'espera'}{f': {run.fault}' if run.fault else ''})", err=True)


def _turn(line: str) -> Turn:
    waited = span_minutes(line.removeprefix("+").strip()) if line.startswith("+") else None
    return Turn(wait=waited) if waited else Turn(citizen=line)


def _show(said: str) -> None:
    if said:
        typer.echo("\n".join(f"  {row}" for row in said.splitlines()))


if __name__ == "__main__":
    app()
