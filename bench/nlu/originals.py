"""Makes `data/` from the original files: `python -m bench.nlu.originals <set> <folder>`.

The folder holds the files that the set's SOURCE names. Needed only when a set is taken in anew.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.nlu.sets import DATA, PARTS, Example, write
from bot.text import fold

Parts = dict[str, list[Example]]

TEST_SHARE = 0.25
SEED = 2026
ENTITY = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def massive(folder: Path) -> Parts:
    """Official partitions; one JSON object per line."""
    return {part: list(_massive_part(folder / f"es-ES.{part}.jsonl")) for part in PARTS}


def _massive_part(path: Path) -> Iterator[Example]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield Example(row["utt"], row["intent"])


def facebook(folder: Path) -> Parts:
    """Official partitions; intent, slots, text, locale and tokens by tabs."""
    files = {"train": "train-es.tsv", "dev": "eval-es.tsv", "test": "test-es.tsv"}
    return {part: list(_facebook_part(folder / name)) for part, name in files.items()}


def _facebook_part(path: Path) -> Iterator[Example]:
    for line in path.read_text(encoding="utf-8").splitlines():
        intent, _, text, *_ = line.split("\t")
        yield Example(text.strip(), intent)


def corpus50(folder: Path) -> Parts:
    """The corpus' own training and test sentences; its six tests of no intent have no training and are left out."""
    intents = json.loads((folder / "corpus-es.json").read_text(encoding="utf-8"))["data"]
    trained = [one for one in intents if one.get("utterances") and one["intent"] != "None"]
    return {
        "train": [Example(text, one["intent"]) for one in trained for text in one["utterances"]],
        "test": [Example(text, one["intent"]) for one in trained for text in one["tests"]],
    }


def library(folder: Path) -> Parts:
    """No partition of its own: a quarter of each intent's different sentences, by a fixed seed, is the test."""
    sentences: dict[str, dict[str, str]] = defaultdict(dict)
    intent, seen = "", set()
    for line in (folder / "Jarvis__data__es__nlu.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("##"):
            kind, _, name = line[2:].strip().partition(":")
            intent = name.strip() if kind == "intent" else ""
        elif line.startswith("- ") and intent:
            text = ENTITY.sub(r"\1", line[2:]).strip()
            if fold(text) not in seen:
                seen.add(fold(text))
                sentences[intent][fold(text)] = text
    train, test = [], []
    for intent, known in sorted(sentences.items()):
        chosen = sorted(known.values())
        random.Random(f"{SEED}:{intent}").shuffle(chosen)
        tested = int(len(chosen) * TEST_SHARE)
        test += [Example(text, intent) for text in chosen[:tested]]
        train += [Example(text, intent) for text in chosen[tested:]]
    return {"train": train, "test": test}


READERS: dict[str, Callable[[Path], Parts]] = {
    "massive": massive,
    "facebook": facebook,
    "corpus50": corpus50,
    "library": library,
}


def main(name: str, folder: str) -> None:
    for part, examples in READERS[name](Path(folder)).items():
        write(DATA / name / f"{part}.jsonl.gz", examples)
        print(f"{name} {part}: {len(examples)} sentences, {len({one.intent for one in examples})} intents")


if __name__ == "__main__":
    main(*sys.argv[1:])
