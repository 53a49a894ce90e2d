"""The measuring itself, in .venv-bot, where the bot's libraries are: prints the results as JSON.

`python -m bench.understanding.measure [--quick]`
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import yaml

from bench.understanding.folds import Corpus, Fold
from bench.understanding.reading import ABLATION, FULL, Config, Reader, Variant
from bench.understanding.scores import Asked, confusions, joint, missed, score, weakest
from bot.installed import ROOT, data_dir
from bot.nlu.gazetteer import Gazetteer, Name
from bot.packs.load import load_packs

COMPONENTS = ("PackIntents", "ScopeThreshold", "DangerReader")
CACHE = ROOT / "var" / "bench-understanding"
EVALUATION = ROOT / "data" / "evaluation"
WEAKEST = 12


def measure(quick: bool) -> dict[str, Any]:
    """The whole on all folds, each part left out on the first; the packs' own tests; answers to evaluation files."""
    corpus, config = Corpus.of(load_packs(data_dir())), _config(ROOT / "config.yml")
    folds = [_asked(corpus, fold, number, FULL, config) for number, fold in enumerate(corpus.folds())]
    whole = [asked for fold in folds for asked in fold]
    everything = Reader.train(corpus.examples, corpus, FULL, config, CACHE / "all.npz")
    return {
        "sentences": len(corpus.examples),
        "batches": len({example.batch for example in corpus.examples}),
        "tests": len(corpus.tests),
        "whole": _measured(FULL, whole),
        "parts": [] if quick else [_measured(FULL, folds[0]), *_parts(corpus, config)],
        "own": asdict(joint(everything, corpus.tests)),
        "names": {
            title: joint(replace(everything, gazetteer=gazetteer), corpus.tests).joint
            for title, gazetteer in _gazetteers(corpus)
        },
        "missed": missed(whole),
        "batch": weakest(whole, lambda one: one.example.batch)[:WEAKEST],
        "intent": weakest(whole, lambda one: one.example.intent)[:WEAKEST],
        "confusions": confusions(whole, WEAKEST),
        "evaluation": {file.stem: _answers(everything, file) for file in sorted(EVALUATION.glob("*.jsonl"))},
    }


def _gazetteers(corpus: Corpus) -> Iterator[tuple[str, Gazetteer]]:
    """What is left of the names when a part is taken away."""
    names, wordings = ([Name(*each) for each in some] for some in (corpus.names, corpus.wordings))
    yield "where the gazetteer forgives no slip", Gazetteer(names, mend=False, wordings=wordings)
    yield "without wordings", Gazetteer(names)
    yield "without the gazetteer", Gazetteer(())


def _parts(corpus: Corpus, config: Config) -> Iterator[dict[str, Any]]:
    fold = next(corpus.folds())
    for variant in ABLATION:
        yield _measured(variant, _asked(corpus, fold, 0, variant, config))


def _asked(corpus: Corpus, fold: Fold, number: int, variant: Variant, config: Config) -> list[Asked]:
    reader = Reader.train(fold.train, corpus, variant, config, CACHE / f"fold-{number}.npz")
    return [Asked(example, reader.read(example.text)) for example in fold.test]


def _measured(variant: Variant, asked: Sequence[Asked]) -> dict[str, Any]:
    found = {"title": variant.title, **asdict(score(asked))}
    print(found, file=sys.stderr, flush=True)
    return found


def _answers(reader: Reader, file: Path) -> list[dict[str, Any]]:
    """What the bot's `POST /parse` would say of each line, as `backend.evaluation` takes it."""
    texts = [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        {
            "service": read.intent.partition(".")[0], "intent": read.intent.partition(".")[2],
            "confidence": read.confidence, "entities": read.entities, "danger": read.danger, "ms": read.ms,
        }
        for read in map(reader.read, texts)
    ]  # fmt: skip


def _config(file: Path) -> Config:
    """The numbers of config.yml's components."""
    pipeline = yaml.safe_load(file.read_text(encoding="utf-8"))["pipeline"]
    named = {part["name"].rpartition(".")[2]: part for part in pipeline}
    return {name: {key: value for key, value in named[name].items() if key != "name"} for name in COMPONENTS}


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv[1:])))
