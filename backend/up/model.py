"""Which model the bot serves: the one trained from the files as they are now."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from backend.settings import ROOT, Settings, get_settings


class NoModel(Exception):
    """Training failed; what it said is in the message."""


def current_model(settings: Settings) -> Path:
    """Path of the model of the present packs; trains it where there is none. Raises NoModel."""
    python = ROOT / ".venv-bot" / "bin" / "python"
    if not python.exists():
        raise NoModel("falta el entorno del bot (.venv-bot): ejecuta `make setup`")
    # a trial in a folder of its own takes the model of this checkout, as `make train` left it
    out = get_settings().data_dir / "models"
    command = [str(python), "-m", "bot.train", "--data", str(settings.content_dir), "--out", str(out)]
    env = {**os.environ, "VENTANILLA_SERVICES": settings.services, "VENTANILLA_JURISDICTION": settings.jurisdiction}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    if done.returncode or not lines:
        raise NoModel("no se pudo entrenar el modelo:\n" + "\n".join((done.stdout + done.stderr).splitlines()[-30:]))
    path = Path(lines[-1].rsplit(" (", 1)[0])
    if not path.exists():
        raise NoModel(f"el entrenamiento nombró un modelo que no existe: {path}")
    return path
