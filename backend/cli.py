"""`ventanilla`: everything an operator of the machine does from a terminal."""

from __future__ import annotations

import typer

from backend.commands.chatting import chat
from backend.commands.diagnosis import doctor
from backend.commands.experiments import app as experiment_app
from backend.commands.imports import app as import_app
from backend.commands.parts import seed_example, train, up
from backend.commands.replaying import replay
from backend.commands.sending import budget, campaigns, resume, stop
from backend.commands.training_data import app as training_data_app
from backend.commands.understanding import evaluate, parse
from backend.flows.commands import app as flow_app
from backend.operators.commands import app as user_app
from backend.pack_commands import app as pack_app

app = typer.Typer(help="Ventanilla: la ventanilla de gobierno por SMS y Messenger.", no_args_is_help=True)
app.add_typer(pack_app, name="pack")
app.add_typer(user_app, name="user")
app.add_typer(import_app, name="import")
app.add_typer(flow_app, name="flow")
app.add_typer(experiment_app, name="experiment")
app.add_typer(training_data_app, name="train-data")
app.command("up")(up)
app.command("train")(train)
app.command("seed")(seed_example)
app.command("parse")(parse)
app.command("evaluate")(evaluate)
app.command("chat")(chat)
app.command("doctor")(doctor)
app.command("stop-sending")(stop)
app.command("resume-sending")(resume)
app.command("budget")(budget)
app.command("campaigns")(campaigns)
app.command("replay")(replay)

if __name__ == "__main__":
    app()
