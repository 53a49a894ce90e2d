"""The systems, ours among them: each trains and answers in a process of its own, single-threaded.

A model is kept in `var/bench-nlu/<system>-<hash of its sentences and settings>`, so that it is trained once.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.nlu import specs
from bench.nlu.sets import Example, digest
from bench.nlu.specs import NLPJS, ROOT

PYTHON = ROOT / ".venv-bot" / "bin" / "python"
MODELS = ROOT / "var" / "bench-nlu"
LARGE = ("massive",)
SMALLER = ("facebook", "corpus50", "library", "mariateguino")
ALL = (*LARGE, *SMALLER)
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "RASA_TELEMETRY_ENABLED": "false",
    "RASA_MAX_CACHE_SIZE": "0",  # its cache would make training look fast
}


@dataclass(frozen=True)
class Answer:
    """`intent` is the best guess even where the system, by its own threshold, refuses to answer.

    `second`: whether a slower stage was asked, for systems that have one.
    """

    intent: str
    confidence: float
    refused: bool
    ms: float
    second: bool = False


@dataclass(frozen=True)
class Trained:
    """`seconds` of CPU, which a busy machine does not stretch."""

    seconds: float
    bytes: int


@dataclass(frozen=True)
class Worker:
    """`spec` is all that shapes a model besides its sentences; `sets` the data sets that it is measured on."""

    id: str
    title: str
    command: tuple[str, ...]
    spec: Callable[[], Mapping[str, Any]]
    sets: tuple[str, ...] = ALL

    def folder(self, train: Sequence[Example]) -> Path:
        return MODELS / f"{self.id}-{digest(self.spec(), train)}"

    def train(self, train: Sequence[Example]) -> Trained:
        """Train, unless it was done before."""
        folder = self.folder(train)
        if not (folder / "trained.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "ask.json").unlink(missing_ok=True)
            pairs = [(example.text, example.intent) for example in train]
            (folder / "train.json").write_text(json.dumps(pairs, ensure_ascii=False), encoding="utf-8")
            self._run(folder)
        trained = json.loads((folder / "trained.json").read_text(encoding="utf-8"))
        return Trained(trained["seconds"], trained["bytes"])

    def ask(self, train: Sequence[Example], texts: Sequence[str]) -> list[Answer]:
        """The answers of the trained model, asked one at a time."""
        folder = self.folder(train)
        (folder / "ask.json").write_text(json.dumps(list(texts), ensure_ascii=False), encoding="utf-8")
        self._run(folder)
        return [Answer(*row) for row in json.loads((folder / "answers.json").read_text(encoding="utf-8"))["answers"]]

    def forget(self, train: Sequence[Example]) -> None:
        """Remove the trained model."""
        shutil.rmtree(self.folder(train), ignore_errors=True)

    def _run(self, folder: Path) -> None:
        with (folder / "worker.log").open("ab") as log:
            command, env = [*self.command, str(folder)], {**os.environ, **ONE_THREAD}
            done = subprocess.run(command, cwd=ROOT, env=env, stdout=log, stderr=log, check=False)
        if done.returncode:
            raise SystemExit(f"{self.title} failed: see {folder / 'worker.log'}")


def _python(module: str, kind: str) -> tuple[str, ...]:
    return (str(PYTHON), "-W", "ignore", "-m", f"bench.nlu.{module}", kind)


def _ours(variant: str, title: str) -> Worker:
    name = "ours" if variant == "full" else f"ours-{variant}"
    return Worker(name, title, _python("ours_worker", variant), lambda: specs.ours(variant))


OURS = _ours("full", "**Ventanilla**")
OTHERS = (
    Worker("rasa-diet", "Rasa DIET", _python("rasa_worker", "diet"), lambda: specs.rasa("diet"), SMALLER),
    # 100 epochs of the large set take longer than a working session here
    Worker("rasa-diet-15", "Rasa DIET, 15 of its 100 epochs", _python("rasa_worker", "diet-15"),
           lambda: specs.rasa("diet-15"), LARGE),
    Worker("rasa-logistic", "Rasa LogisticRegression", _python("rasa_worker", "logistic"),
           lambda: specs.rasa("logistic")),
    Worker("nlpjs", "nlp.js", ("node", str(NLPJS / "worker.js")), specs.nlpjs),
)  # fmt: skip
ABLATION = (
    OURS,
    _ours("no-normaliser", "without the normaliser"),
    _ours("no-characters", "without character n-grams"),
    _ours("no-encoder", "without the sentence encoder"),
)
