"""`replay`: a programme's life in compressed time against the fake provider."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from backend.campaigns.replay.calendar import UnreadableCalendar, read_calendar
from backend.embedded.supervision import EmbeddedServerError
from backend.settings import get_settings
from backend.up.model import NoModel
from backend.up.parts import PartFailed


def replay(
    calendar: Annotated[Path, typer.Option(help="Calendario de flujos: estructura y fechas.", exists=True)],
    people: Annotated[int, typer.Option(help="Cuántas mujeres.", min=1)] = 5000,
    messages: Annotated[int, typer.Option(help="Se detiene en tantos SMS, de ida y vuelta.", min=1)] = 100_000,
    rate: Annotated[float, typer.Option(help="SMS por segundo que acepta la línea; 0: sin límite.", min=0)] = 0.0,
    seed: Annotated[int, typer.Option(help="La misma semilla vive la misma vida.")] = 7,
) -> None:
    """Vive el programa de muchas mujeres con el reloj comprimido y el proveedor en su peor día, y cuenta."""
    from backend.campaigns.replay.installation import Wanted, rehearse  # the whole web application: only when it runs

    try:
        tally = rehearse(get_settings(), read_calendar(calendar), Wanted(people, messages, rate, seed))
    except (UnreadableCalendar, NoModel, PartFailed, EmbeddedServerError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    typer.echo("\n".join(tally.lines()))
    raise typer.Exit(0 if tally.faultless else 2)
