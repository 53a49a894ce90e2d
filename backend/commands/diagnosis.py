"""`doctor`: the configuration, each fault with its mend."""

from __future__ import annotations

from typing import Annotated

import typer
from cryptography.fernet import Fernet
from pydantic import BaseModel, SecretStr

from backend.alarms.readiness import on_call_faults
from backend.office import open_desk
from backend.settings import Settings, get_settings

MESSENGER_FIELDS = (
    "messages", "messaging_postbacks", "messaging_referrals", "message_deliveries", "message_reads", "message_echoes",
)  # fmt: skip


def doctor(
    new_key: Annotated[bool, typer.Option("--new-key", help="Imprime una llave nueva de cifrado y termina.")] = False,
) -> None:
    """Revisa la configuración y dice cómo corregir cada falla."""
    if new_key:
        typer.echo(Fernet.generate_key().decode())
        return
    settings = get_settings()
    for name, value in _listed(settings, "VENTANILLA_"):
        typer.echo(f"{name} = {value}")
    typer.echo("")
    for note in _advice(settings):
        typer.echo(f"  · {note}")
    faults = [*settings.faults(), *on_call_faults(open_desk(settings))]
    for fault in faults:
        typer.echo(f"  ✗ {fault}" if settings.in_production else f"  – en producción: {fault}")
    if not faults:
        typer.echo("  ✓ lista para producción")
    if faults and settings.in_production:
        raise typer.Exit(1)


def _listed(model: BaseModel, prefix: str) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            rows += _listed(value, f"{prefix}{name.upper()}__")
        elif isinstance(value, SecretStr):
            rows.append((prefix + name.upper(), "••• puesta" if value.get_secret_value() else "(vacía)"))
        else:
            rows.append((prefix + name.upper(), str(value) if value != "" else "(vacía)"))
    return rows


def _advice(settings: Settings) -> list[str]:
    base = settings.public_base_url.rstrip("/")
    return [
        f"Twilio: en el número, «A message comes in» = {base}/webhooks/twilio_sms#rc=3&rp=all (POST), con respaldo",
        f"Messenger: «Callback URL» = {base}/webhooks/messenger; campos: {', '.join(MESSENGER_FIELDS)}",
    ]
