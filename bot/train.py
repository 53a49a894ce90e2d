"""Trains the model of the installed packs: `python -m bot.train --out models`.

The file is named by the hash of everything it is made from, so training the same again costs nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from bot.engine.quiet import quiet, quiet_imports
from bot.engine.without_tensorflow import install
from bot.installed import ROOT, data_dir, services
from bot.packs.compile import Compiled, compile_packs
from bot.packs.load import load_packs
from bot.packs.yaml_file import PackError

# the code and tables that shape a trained model; the rest of the bot may change without training again
CODE = ("bot/nlu", "bot/text", "bot/packs", "bot/importer.py", "bot/engine/policy.py")
TABLES = ("common/normalisation.yml", "common/danger_rules.yml", "common/urgent_examples.yml")


class NotTrained(RuntimeError):
    """The outcome of training is not the bot of the packs."""


def fingerprint(config: Path, data: Path, compiled: Compiled) -> str:
    """Hash of the packs' meaning, config.yml and the code that learns; the same on every machine."""
    digest = hashlib.sha256(compiled.fingerprint.encode())
    files = [config, *(data / table for table in TABLES)]
    for place in CODE:
        path = ROOT / place
        files += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    for file in files:
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def model_path(out: Path, config: Path, data: Path, compiled: Compiled) -> Path:
    """Where the model of these inputs is, or will be."""
    return out / f"ventanilla-{fingerprint(config, data, compiled)}.tar.gz"


def check_importers(config: Path) -> None:
    """Raise NotTrained for an importer that cannot be imported: Rasa would quietly read other files instead."""
    importers = (yaml.safe_load(config.read_text(encoding="utf-8")) or {}).get("importers") or []
    if not importers:
        raise NotTrained(f"{config}: importers: name bot.importer.PackImporter")
    for importer in importers:
        module, _, name = str(importer.get("name")).rpartition(".")
        try:
            getattr(import_module(module), name)
        except (ImportError, AttributeError, ValueError) as error:
            raise NotTrained(f"{config}: importers: there is no {importer.get('name')}") from error


def check_domain(domain: Any, compiled: Compiled) -> None:
    """Raise NotTrained when a Rasa domain lacks what the packs say."""
    wanted = {
        "intents": ({next(iter(intent)) for intent in compiled.domain["intents"]}, set(domain.intents)),
        "forms": (set(compiled.domain["forms"]), set(domain.form_names)),
        "actions": (set(compiled.domain["actions"]), set(domain.action_names_or_texts)),
    }
    for kind, (needed, have) in wanted.items():
        if needed - have:
            raise NotTrained(
                f"the model lacks {kind} of the packs: {', '.join(sorted(needed - have)[:5])}; run `make train`"
            )


def train(data: Path, out: Path, config: Path) -> Path:
    """Train unless the model is there already; returns its path. Raises PackError or NotTrained."""
    compiled = compile_packs(load_packs(data, services()))
    path = model_path(out, config, data, compiled)
    if path.is_file():
        return path
    os.environ["VENTANILLA_DATA_FILES"] = str(data)
    # our own name is the cache; Rasa's would only leave a folder in whatever directory this is started from
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    install()
    quiet_imports()
    check_importers(config)
    _train_with_rasa(path, config)
    return path


def _train_with_rasa(path: Path, config: Path) -> None:
    from rasa.model_training import train as rasa_train

    quiet()
    unfinished = f".{path.name.removesuffix('.tar.gz')}.{os.getpid()}"
    path.parent.mkdir(parents=True, exist_ok=True)
    result = rasa_train(
        domain=str(config.parent / "domain.yml"), config=str(config), training_files=[], output=str(path.parent),
        fixed_model_name=unfinished, force_training=True,
    )  # fmt: skip
    if result.code or not result.model:
        raise NotTrained(f"Rasa trained nothing (code {result.code})")
    Path(result.model).replace(path)


def main() -> int:
    parser = argparse.ArgumentParser(description="Train the bot from data/services.")
    parser.add_argument("--data", type=Path, default=data_dir())
    parser.add_argument(
        "--out", type=Path, default=Path(os.environ.get("VENTANILLA_DATA_DIR") or ROOT / "var") / "models"
    )
    parser.add_argument("--config", type=Path, default=ROOT / "config.yml")
    chosen = parser.parse_args()
    started = time.monotonic()
    try:
        path = train(chosen.data.resolve(), chosen.out, chosen.config.resolve())
    except (PackError, NotTrained) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{path} ({time.monotonic() - started:.1f} s)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
