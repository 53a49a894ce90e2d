"""What this installation serves: the folder of the packs and the services chosen, from the environment."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def data_dir() -> Path:
    """The folder with `services/`: $VENTANILLA_DATA_FILES, or `data` of this checkout."""
    return Path(os.environ.get("VENTANILLA_DATA_FILES") or ROOT / "data")


def services() -> list[str] | None:
    """The services named in $VENTANILLA_SERVICES, separated by commas; None for all."""
    names = [name.strip() for name in os.environ.get("VENTANILLA_SERVICES", "").split(",")]
    return [name for name in names if name] or None


def jurisdiction() -> str:
    """The jurisdiction where a conversation says none: $VENTANILLA_JURISDICTION."""
    return os.environ.get("VENTANILLA_JURISDICTION") or "ejemplo"
