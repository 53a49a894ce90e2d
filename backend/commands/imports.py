"""`import contacts`: people from a spreadsheet, with a report; `import rapidpro`: flows and campaigns."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from backend.campaigns.enrolment import seed_programmes
from backend.campaigns.programme import load_programmes
from backend.clock import now
from backend.commands.database import NoDatabase, open_database
from backend.contacts.fields import define, load_fields
from backend.contacts.importing import Importer, Report
from backend.contacts.rows import UnreadableFile
from backend.crypto import vault
from backend.rapidpro.command import rapidpro
from backend.settings import Settings, get_settings
from bot.packs.yaml_file import PackError
from channels.phone import as_address

app = typer.Typer(help="Trae personas, flujos y campañas de fuera.", no_args_is_help=True)
app.command("rapidpro")(rapidpro)
MOST_SHOWN = 200


@app.command("contacts")
def contacts(
    file: Annotated[Path, typer.Argument(help="CSV con la columna «telefono» y las que haga falta.", exists=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Revisa y cuenta, sin guardar nada.")] = False,
) -> None:
    """Trae personas de un CSV. Quien se dio de baja sigue fuera; repetir el mismo archivo no cambia nada."""
    try:
        report = asyncio.run(_import(get_settings(), file.read_bytes(), dry_run))
    except (NoDatabase, UnreadableFile, PackError) as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(1) from problem
    for line in _lines(report, dry_run):
        typer.echo(line)
    raise typer.Exit(2 if report.problems else 0)


async def _import(settings: Settings, data: bytes, dry_run: bool) -> Report:
    async with open_database(settings) as sessions:
        async with sessions.begin() as session:
            await define(session, load_fields(settings.content_dir))
            await seed_programmes(session, load_programmes(settings.content_dir), now())
        importer = Importer(
            sessions,
            vault(settings),
            as_address(settings.channels.twilio_sms.from_number),
            settings.jurisdiction,
            ZoneInfo(settings.timezone),
        )
        return await importer.run(data, now(), dry_run)


def _lines(report: Report, dry_run: bool) -> list[str]:
    told = [f"✗ {one}" for one in report.problems] + [f"· {one}" for one in report.notes]
    hidden = [f"… y {len(told) - MOST_SHOWN} más"] if len(told) > MOST_SHOWN else []
    return [
        *told[:MOST_SHOWN],
        *hidden,
        *(["Ensayo: no se guardó nada."] if dry_run else []),
        f"{report.new} nuevas, {report.updated} ya conocidas, {report.enrolled} inscritas, "
        f"{report.left} dadas de baja (no se tocan), {len(report.problems)} filas con error",
    ]
