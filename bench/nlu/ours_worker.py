"""Our intent model, by the protocol of `rasa_worker`: `python -m bench.nlu.ours_worker <variant> <folder>`.

Variants switch one component off, for the ablation table.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.nlu.refusal import threshold
from bot.nlu.intent_model import IntentModel, Settings
from bot.nlu.text_model import TextModel
from bot.nlu.vocabulary import vocabulary
from bot.text import Normaliser, fold

PLAIN, MODEL = "no-normaliser", "model"
SETTINGS = {"no-characters": Settings(characters=False), "no-encoder": Settings(encoder=False)}


def main(variant: str, name: str) -> None:
    folder = Path(name)
    pairs = json.loads((folder / "train.json").read_text(encoding="utf-8"))
    texts = [text for text, _ in pairs]
    if not (folder / "trained.json").exists():
        _train(folder, variant, texts, [intent for _, intent in pairs])
    if (folder / "ask.json").exists():
        repair = fold if variant == PLAIN else Normaliser(Counter(vocabulary(texts, ())).elements())
        model = TextModel(repair, IntentModel.load(folder / MODEL))
        asked = json.loads((folder / "ask.json").read_text(encoding="utf-8"))
        (folder / "answers.json").write_text(json.dumps(_ask(folder, model, asked)), encoding="utf-8")


def _fit(variant: str, texts: Sequence[str], labels: Sequence[str]) -> TextModel:
    return TextModel.train(texts, labels, SETTINGS.get(variant, Settings()), normaliser=variant != PLAIN)


def _train(folder: Path, variant: str, texts: Sequence[str], labels: Sequence[str]) -> None:
    started = time.process_time()
    model = _fit(variant, texts, labels)
    seconds = time.process_time() - started
    model.model.save(folder / MODEL)
    size = sum(file.stat().st_size for file in (folder / MODEL).rglob("*") if file.is_file())
    lowest = threshold(lambda *learnt: _fit(variant, *learnt), texts, labels)
    (folder / "trained.json").write_text(json.dumps({"seconds": seconds, "bytes": size, "threshold": lowest}))


def _ask(folder: Path, model: TextModel, texts: Sequence[str]) -> dict[str, object]:
    lowest = json.loads((folder / "trained.json").read_text(encoding="utf-8"))["threshold"]
    answers = []
    for text in texts:
        started = time.process_time()
        (intent, confidence), *_ = model.ranking(text, 3)
        ms = (time.process_time() - started) * 1000
        answers.append((intent, confidence, confidence < lowest, ms, model.asks_twice(text)))
    return {"answers": answers}


if __name__ == "__main__":
    main(*sys.argv[1:])
