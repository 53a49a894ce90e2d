"""One Rasa model in a process of its own: `python -m bench.nlu.rasa_worker <diet|logistic> <folder>`.

Protocol of every worker: `train.json` in the folder holds [text, intent] pairs and `ask.json` texts. A model is trained
where `trained.json` (seconds of CPU, bytes) is missing, and stays in the folder. `answers.json` holds for each text the
best intent, its confidence, whether the system refuses to answer, and the milliseconds of CPU, which other processes
do not stretch. Messages go one at a time through the whole NLU graph, as in `rasa run`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import structlog
import yaml

from bench.nlu.specs import pipeline

MODEL = "model.tar.gz"
FALLBACK = "nlu_fallback"
NOTHING = {"name": "", "confidence": 0.0}


def _label(intent: str) -> str:
    """Rasa reads what stands after a slash as the key of a response."""
    return intent.replace("/", "::")


def train(folder: Path, kind: str, pairs: Sequence[tuple[str, str]]) -> None:
    from rasa.model_training import train_nlu

    examples = [{"text": text, "intent": _label(intent)} for text, intent in pairs]
    data, config = folder / "nlu.json", folder / "config.yml"
    data.write_text(json.dumps({"rasa_nlu_data": {"common_examples": examples}}), encoding="utf-8")
    config.write_text(
        yaml.safe_dump({"recipe": "default.v1", "language": "es", "assistant_id": "bench", "pipeline": pipeline(kind)}),
        encoding="utf-8",
    )
    started = time.process_time()
    train_nlu(str(config), str(data), str(folder), fixed_model_name=MODEL)
    trained = {"seconds": time.process_time() - started, "bytes": (folder / MODEL).stat().st_size}
    (folder / "trained.json").write_text(json.dumps(trained))


async def ask(folder: Path, texts: Sequence[str]) -> list[tuple[str, float, bool, float]]:
    """What the classifier thinks best, also where Rasa then falls back."""
    from rasa.core.agent import Agent

    agent, answers = Agent.load(str(folder / MODEL)), []
    for text in texts:
        started = time.process_time()
        found = await agent.parse_message(text)
        ms = (time.process_time() - started) * 1000
        best = next((one for one in found["intent_ranking"] if one["name"] != FALLBACK), NOTHING)
        refused = found["intent"]["name"] in (None, FALLBACK)
        answers.append((best["name"].replace("::", "/"), float(best["confidence"]), refused, ms))
    return answers


def main(kind: str, name: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    folder = Path(name)
    if not (folder / "trained.json").exists():
        train(folder, kind, json.loads((folder / "train.json").read_text(encoding="utf-8")))
    if (folder / "ask.json").exists():
        answers = asyncio.run(ask(folder, json.loads((folder / "ask.json").read_text(encoding="utf-8"))))
        (folder / "answers.json").write_text(json.dumps({"answers": answers}), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
