"""A plain `rasa run` with the pipeline that `rasa init` gives, trained on the packs' examples: what we compare with.

Its answers are one utter_ text per intent: no form, no folio, no database, no signature, no queue. It does less.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from backend.up.configuration import free_port
from bench.conversations import Conversation
from bench.processes import usage
from bench.report import ROOT
from bot.packs.compile import compile_packs
from bot.packs.load import load_packs

PYTHON = ROOT / ".venv-bot" / "bin" / "python"
DEFAULTS = "rasa/engine/recipes/config_files/default_config.yml"  # what Rasa takes where config.yml names no pipeline
START, ANSWER = 240.0, 60.0  # seconds


@dataclass(frozen=True)
class StockRun:
    """One load. `seconds` holds the time of each request to the REST channel."""

    at_once: int
    sent: int
    elapsed: float
    seconds: tuple[float, ...]
    memory: int
    cpu: float  # seconds per message
    started: float
    trained: float
    epochs: int

    @property
    def per_second(self) -> float:
        return len(self.seconds) / self.elapsed


def prepare(data: Path, cache: Path, epochs: int) -> Path:
    """Folder of the trained project; it is trained once per packs, pipeline and epochs."""
    files = project(data, epochs)
    digest = hashlib.sha256(json.dumps(files, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
    folder = cache / f"rasa-{digest}"
    if not (folder / "trained.json").exists():
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        _train(folder)
    return folder


def project(data: Path, epochs: int) -> dict[str, str]:
    """The files of a Rasa project with the packs' examples: one answer per intent, by rules and by stories for TED."""
    examples = compile_packs(load_packs(data)).nlu
    intents = sorted(intent for intent, texts in examples.items() if len(texts) > 1)
    files: dict[str, Any] = {
        "config.yml": _config(epochs),
        "credentials.yml": {"rest": None},
        "endpoints.yml": {},
        "domain.yml": {
            "version": "3.1",
            "intents": intents,
            "responses": {f"utter_{one}": [{"text": f"Respuesta de {one}."}] for one in [*intents, "default"]},
        },
        "data/nlu.yml": {
            "version": "3.1",
            "nlu": [{"intent": one, "examples": _lines(examples[one])} for one in intents],
        },
        "data/rules.yml": {"version": "3.1", "rules": [_rule(one, f"utter_{one}") for one in intents]
                           + [_rule("nlu_fallback", "utter_default")]},
        "data/stories.yml": {"version": "3.1", "stories": _stories(intents)},
    }  # fmt: skip
    return {name: yaml.safe_dump(content, allow_unicode=True, sort_keys=False) for name, content in files.items()}


def _config(epochs: int) -> dict[str, Any]:
    """Rasa's own default_config.yml as installed, in Spanish; the epochs only where they are not its 100."""
    path = next((ROOT / ".venv-bot" / "lib").glob(f"python3*/site-packages/{DEFAULTS}"))
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for part in (*config["pipeline"], *config["policies"]):
        if "epochs" in part:
            part["epochs"] = epochs
    return {**config, "language": "es", "assistant_id": "plain"}


def _lines(texts: Sequence[str]) -> str:
    """Brackets would be read as entities."""
    return "".join(f"- {' '.join(text.split())}\n" for text in texts if not set("[]{}") & set(text))


def _rule(intent: str, action: str) -> dict[str, Any]:
    return {"rule": intent, "steps": [{"intent": intent}, {"action": action}]}


def _stories(intents: Sequence[str]) -> list[dict[str, Any]]:
    """Each intent once, five in a story."""
    groups = [intents[first : first + 5] for first in range(0, len(intents), 5)]
    turn = {one: [{"intent": one}, {"action": f"utter_{one}"}] for one in intents}
    return [{"story": ", ".join(group), "steps": [step for one in group for step in turn[one]]} for group in groups]


def _train(folder: Path) -> None:
    print(f"training the plain Rasa once, in {folder.relative_to(ROOT)} …", flush=True)
    started = time.monotonic()
    with (folder / "train.log").open("wb") as log:
        done = subprocess.run(
            [str(PYTHON), "-W", "ignore", "-m", "rasa", "train", "--fixed-model-name", "plain", "--out", "models",
             "--augmentation", "0"],
            cwd=folder, env=_env(), stdout=log, stderr=log, check=False,
        )  # fmt: skip
    if done.returncode or not (folder / "models" / "plain.tar.gz").exists():
        raise SystemExit(f"the plain Rasa was not trained: see {folder / 'train.log'}")
    (folder / "trained.json").write_text(json.dumps({"seconds": time.monotonic() - started}))


def _env() -> Mapping[str, str]:
    return {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SANIC_WORKERS": "1"}


def run(folder: Path, epochs: int, conversations: Sequence[Conversation], at_once: int) -> StockRun:
    """Serve the trained model in one process and hold the conversations over its REST channel."""
    port = free_port()
    command = [
        str(PYTHON), "-W", "ignore", "-m", "rasa", "run", "--model", "models/plain.tar.gz",
        "--port", str(port), "--interface", "127.0.0.1",
        "--credentials", "credentials.yml", "--endpoints", "endpoints.yml",
    ]  # fmt: skip
    began = time.monotonic()
    with (folder / "run.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=folder, env=_env(), stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(server, port, folder)
        started = time.monotonic() - began
        asyncio.run(_load(port, conversations[:5], at_once))
        before = usage(server.pid)
        elapsed, seconds, sent = asyncio.run(_load(port, conversations, at_once))
        after = usage(server.pid)
    finally:
        server.terminate()
        server.wait(20)
    trained = float(json.loads((folder / "trained.json").read_text())["seconds"])
    cpu = (after.cpu - before.cpu) / sent
    return StockRun(at_once, sent, elapsed, seconds, after.memory, cpu, started, trained, epochs)


def _wait(server: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until and server.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit(f"the plain Rasa did not start: see {folder / 'run.log'}")


async def _load(port: int, conversations: Sequence[Conversation], at_once: int) -> tuple[float, tuple[float, ...], int]:
    """Seconds in all, seconds of each answered message, and how many were sent."""
    waiting = iter(enumerate(conversations))
    seconds: list[float] = []
    sent, name = 0, uuid.uuid4().hex[:8]

    async def person(http: httpx.AsyncClient) -> None:
        nonlocal sent
        for number, conversation in waiting:
            for text in conversation.texts:
                began = time.monotonic()
                sent += 1
                body = {"sender": f"{name}-{number}", "message": text}
                answer = await http.post("/webhooks/rest/webhook", json=body)
                answer.raise_for_status()
                if answer.json():
                    seconds.append(time.monotonic() - began)

    began = time.monotonic()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=ANSWER) as http:
        await asyncio.gather(*(person(http) for _ in range(at_once)))
    return time.monotonic() - began, tuple(seconds), sent
