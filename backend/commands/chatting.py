"""`chat`: talk to it in the terminal, over the same road as a real message."""

from __future__ import annotations

import enum
import sys
from contextlib import ExitStack
from typing import Annotated

import typer

from backend.embedded.supervision import EmbeddedServerError
from backend.settings import get_settings
from backend.up.model import NoModel
from backend.up.parts import PartFailed
from backend.up.talk import NoAnswer
from backend.up.trial import citizen, trial_installation


class ChannelName(enum.StrEnum):
    twilio_sms = "twilio_sms"
    messenger = "messenger"


def chat(
    channel: Annotated[ChannelName, typer.Option(help="El teléfono con que se escribe.")] = ChannelName.twilio_sms,
) -> None:
    """Conversa en la terminal, por el mismo camino que un mensaje de verdad; Ctrl-D termina."""
    try:
        with ExitStack() as stack:
            installation, engine = stack.enter_context(trial_installation(get_settings()))
            say = citizen(installation.base_url, engine)
            typer.echo("Escribe como escribirías desde tu teléfono. Ctrl-D termina.", err=True)
            for line in sys.stdin:
                if line.strip():
                    typer.echo("\n".join(f"  {reply}" for reply in say(channel.value, line.rstrip("\n"))))
    except (NoModel, PartFailed, EmbeddedServerError, NoAnswer) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
