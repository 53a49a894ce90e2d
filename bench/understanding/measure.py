"""The measuring itself, in .venv-bot, where the bot's libraries are: prints the results as JSON.

`python -m bench.understanding.measure [--quick]`
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from bench.understanding.folds import Corpus
from bench.understanding.reading import ABLATION, FULL, Reader, Variant
from bench.understanding.scores import Asked, by_intent, confusions, joint, missed, score
from bot.installed import ROOT, data_dir
from bot.packs.load import load_packs

COMPONENTS = ("PackIntents", "ScopeThreshold", "DangerReader")
CACHE = ROOT / "var" / "bench-understanding"
WEAKEST = 12


def measure(quick: bool) -> dict[str, Any]:
    """Every variant on the folds and on the packs' own tests; details of the whole."""
    corpus, config = Corpus.of(load_packs(data_dir())), _config(ROOT / "config.yml")
    variants, whole = [], list[Asked]()
    for variant in (FULL,) if quick else ABLATION:
        asked = _by_batch(corpus, variant, config)
        own = joint(Reader.train(corpus.examples, corpus, variant, config, CACHE / "all.npz"), corpus.tests)
        variants.append({"title": variant.title, **asdict(score(asked)), "own": asdict(own)})
        print(variants[-1], file=sys.stderr, flush=True)
        whole = whole or asked
    return {
        "sentences": len(corpus.examples),
        "batches": len({example.batch for example in corpus.examples}),
        "tests": len(corpus.tests),
        "variants": variants,
        "missed": missed(whole),
        "weakest": by_intent(whole)[:WEAKEST],
        "confusions": confusions(whole, WEAKEST),
    }


def _by_batch(corpus: Corpus, variant: Variant, config: dict[str, float]) -> list[Asked]:
    asked = []
    for number, fold in enumerate(corpus.folds()):
        reader = Reader.train(fold.train, corpus, variant, config, CACHE / f"fold-{number}.npz")
        asked += [Asked(example, reader.read(example.text)) for example in fold.test]
    return asked


def _config(file: Path) -> dict[str, float]:
    """The numbers of config.yml's components."""
    pipeline = yaml.safe_load(file.read_text(encoding="utf-8"))["pipeline"]
    ours = [part for part in pipeline if part["name"].rpartition(".")[2] in COMPONENTS]
    return {key: value for part in ours for key, value in part.items() if key != "name"}


if __name__ == "__main__":
    print(json.dumps(measure("--quick" in sys.argv[1:])))
