"""The settings that `ventanilla up` makes for what nobody configured: secrets, addresses, the phones' accounts."""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping
from pathlib import Path

from cryptography.fernet import Fernet
from dotenv import dotenv_values

from backend.settings import EXAMPLE_SECRET, Settings

METRICS = "metrics"
DEMO_SIGN_IN = "demo@ejemplo.gob.mx"


def development_secrets(data_dir: Path) -> dict[str, str]:
    """Random secrets of this checkout, made once and kept for its owner's eyes only."""
    path = data_dir / "development-secrets.json"
    if path.exists():
        kept: dict[str, str] = json.loads(path.read_text("utf-8"))
        return kept
    made = {
        "VENTANILLA_SECRET_KEY": secrets.token_urlsafe(32),
        "VENTANILLA_ACTIONS_TOKEN": secrets.token_urlsafe(32),
        "VENTANILLA_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "VENTANILLA_DEMO_PASSWORD": secrets.token_urlsafe(9),
        "VENTANILLA_CHANNELS__TWILIO_SMS__AUTH_TOKEN": secrets.token_hex(16),
        "VENTANILLA_CHANNELS__MESSENGER__APP_SECRET": secrets.token_hex(16),
        "VENTANILLA_CHANNELS__MESSENGER__PAGE_ACCESS_TOKEN": secrets.token_hex(16),
        "VENTANILLA_CHANNELS__MESSENGER__VERIFY_TOKEN": secrets.token_hex(16),
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(made, file, indent=1)
    return made


def environment(settings: Settings, parts: Mapping[str, str], port: int) -> dict[str, str]:
    """The environment of every part: what was configured, then what `up` provides."""
    base = f"http://127.0.0.1:{port}"
    made: dict[str, str] = {
        "VENTANILLA_DATA_DIR": str(settings.data_dir.resolve()),
        "VENTANILLA_CONTENT_DIR": str(settings.content_dir.resolve()),
        "VENTANILLA_DATA_FILES": str(settings.content_dir.resolve()),  # the same, as the bot calls it
        "VENTANILLA_BACKEND_URL": base,
        "PROMETHEUS_MULTIPROC_DIR": str(settings.data_dir / METRICS),
        **parts,
    }
    if not settings.in_production:
        made |= _for_development(settings, base)
    return {**_written_down(settings), **os.environ, **made}


def _written_down(settings: Settings) -> dict[str, str]:
    """What stands in `.env`: the parts run elsewhere, and the bot reads its environment only."""
    file = settings.model_config.get("env_file")
    return {name: value for name, value in dotenv_values(str(file)).items() if value is not None}


def empty_folder(folder: Path) -> Path:
    """The folder, with nothing left in it of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    return folder


def _for_development(settings: Settings, base: str) -> dict[str, str]:
    own = development_secrets(settings.data_dir)
    made: dict[str, str] = {}
    if settings.secret_key.get_secret_value() == EXAMPLE_SECRET:
        made |= {key: own[key] for key in ("VENTANILLA_SECRET_KEY", "VENTANILLA_ENCRYPTION_KEYS")}
    if settings.actions_token.get_secret_value() == EXAMPLE_SECRET:
        made["VENTANILLA_ACTIONS_TOKEN"] = own["VENTANILLA_ACTIONS_TOKEN"]
    if "VENTANILLA_PUBLIC_BASE_URL" not in os.environ:
        made["VENTANILLA_PUBLIC_BASE_URL"] = base
    if not settings.channels.twilio_sms.configured:
        made |= _fake_twilio(own, base)
    if not settings.channels.messenger.configured:
        made |= _fake_messenger(own, base)
    return made


def _fake_twilio(own: Mapping[str, str], base: str) -> dict[str, str]:
    prefix = "VENTANILLA_CHANNELS__TWILIO_SMS__"
    return {
        prefix + "ACCOUNT_SID": "AC" + "5" * 32,
        prefix + "AUTH_TOKEN": own[prefix + "AUTH_TOKEN"],
        prefix + "FROM_NUMBER": "+525500000000",
        prefix + "API_BASE_URL": f"{base}/simulator/twilio",
        prefix + "RATE_PER_SECOND": "1000",
    }


def _fake_messenger(own: Mapping[str, str], base: str) -> dict[str, str]:
    prefix = "VENTANILLA_CHANNELS__MESSENGER__"
    secret = {prefix + name: own[prefix + name] for name in ("APP_SECRET", "PAGE_ACCESS_TOKEN", "VERIFY_TOKEN")}
    return {
        **secret,
        prefix + "PAGE_ID": "550000000000",
        prefix + "APP_ID": "5500",
        prefix + "API_BASE_URL": f"{base}/simulator/graph",
        prefix + "RATE_PER_SECOND": "1000",
    }


def free_port(wanted: int = 0) -> int:
    """`wanted` where it is free, otherwise one that is."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise OSError("no hay ningún puerto libre")
