"""`ventanilla`: everything an operator of the machine does from a terminal."""

from __future__ import annotations

import typer

from backend.commands.chatting import chat
from backend.commands.diagnosis import doctor
from backend.commands.parts import seed_example, train, up
from backend.commands.understanding import parse
from backend.operators.commands import app as user_app
from backend.pack_commands import app as pack_app

app = typer.Typer(help="Ventanilla: la ventanilla de gobierno por SMS y Messenger.", no_args_is_help=True)
app.add_typer(pack_app, name="pack")
app.add_typer(user_app, name="user")
app.command("up")(up)
app.command("train")(train)
app.command("seed")(seed_example)
app.command("parse")(parse)
app.command("chat")(chat)
app.command("doctor")(doctor)

if __name__ == "__main__":
    app()
