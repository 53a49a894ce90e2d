"""The reviewed training set as JSON lines, with its data card beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copyfile
from typing import Any

import orjson

from bot.packs.model import Pack

SENTENCES, NAMES, CARD = "sentences.jsonl", "names.jsonl", "README.md"


def export(packs: Sequence[Pack], card: Path, folder: Path) -> int:
    """Write sentences, names of entities and the card into `folder`; the number of sentences. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = list(sentences(packs))
    _write(folder / SENTENCES, rows)
    _write(folder / NAMES, list(names(packs)))
    copyfile(card, folder / CARD)
    return len(rows)


def sentences(packs: Sequence[Pack]) -> Iterator[dict[str, Any]]:
    """Training sentences by batch (`split: train`) and the packs' own test sentences (`split: test`)."""
    for pack in packs:
        for intent in pack.intents.values():
            for example in intent.examples:
                yield _row(example.text, intent.id, pack, {"split": "train", "batch": example.batch})
        for tested in pack.sentences:
            more = {"split": "test", "entities": dict(tested.entities), "danger": tested.danger}
            yield _row(tested.text, tested.intent, pack, more)


def names(packs: Sequence[Pack]) -> Iterator[dict[str, Any]]:
    """How people name procedures, kinds of report and services."""
    for pack in packs:
        for entity, entries in pack.entities.items():
            for entry in entries:
                yield {"entity": entity, "id": entry.id, "names": list(entry.names), "pack": pack.id}


def _row(text: str, intent: str, pack: Pack, more: dict[str, Any]) -> dict[str, Any]:
    service, _, name = intent.partition(".")
    return {"text": text, "service": service, "intent": name, "pack": pack.id, **more}


def _write(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    file.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
