"""What shapes each system's model besides its sentences: part of the hash that models and results are kept under."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bench.nlu.sets import digest

ROOT = Path(__file__).resolve().parents[2]
NLPJS = Path(__file__).parent / "nlpjs"
DEFAULTS = "rasa/engine/recipes/config_files/default_config.yml"  # what Rasa takes where config.yml names no pipeline
OUR_ROOM = (
    "calibration", "encoder", "features", "intent_model", "linear", "neighbours", "opinions", "text_model", "tfidf",
    "vocabulary",
)  # fmt: skip
OUR_CODE = (
    *(f"bot/nlu/{name}.py" for name in OUR_ROOM),
    "bot/text",
    "bench/nlu/ours_worker.py",
    "bench/nlu/refusal.py",
    "data/common/normalisation.yml",
)

# Rasa's light alternative: the featurisers of its default pipeline, its logistic regression
LOGISTIC = [
    {"name": "WhitespaceTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "LogisticRegressionClassifier"},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]


def pipeline(kind: str) -> list[dict[str, Any]]:
    """`diet` is what `rasa init` gives, as installed, with its 100 epochs; `diet-15` trains for 15."""
    if kind == "logistic":
        return LOGISTIC
    path = next((ROOT / ".venv-bot" / "lib").glob(f"python3*/site-packages/{DEFAULTS}"))
    parts: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))["pipeline"]
    epochs = int(kind.partition("-")[2] or 100)
    return [{**part, "epochs": epochs} if "epochs" in part else part for part in parts]


def rasa(kind: str) -> Mapping[str, Any]:
    pinned = (ROOT / "requirements" / "bot.txt").read_text(encoding="utf-8")
    versions = dict(re.findall(r"^(rasa|tensorflow)==(\S+)", pinned, re.MULTILINE))
    return {**versions, "pipeline": pipeline(kind)}


def nlpjs() -> Mapping[str, Any]:
    lock = NLPJS / "package-lock.json"
    return {"lock": digest(lock.read_text(encoding="utf-8")), "language": "es"}


@lru_cache  # one run measures one state of the code, whoever edits it meanwhile
def ours(variant: str) -> Mapping[str, Any]:
    files = [file for place in OUR_CODE for file in sorted((ROOT / place).rglob("*.py")) or [ROOT / place]]
    return {"variant": variant, "code": digest(*(file.read_text(encoding="utf-8") for file in files))}
