"""Labelled sentences: JSON lines `{"text","service","intent","entities":{},"danger":bool}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

UNKNOWN = "comun.fuera_de_alcance"


class BadSentence(ValueError):
    """A line of the file is not a labelled sentence; the message names the line and what is wrong."""


@dataclass(frozen=True)
class Sentence:
    """`intent` is `<service>.<intent>`; without one the sentence is beyond what the services know."""

    text: str
    intent: str
    entities: Mapping[str, Any] = field(default_factory=dict)
    danger: bool = False


def read_sentences(file: Path) -> list[Sentence]:
    """Every sentence of the file. Raises OSError, or BadSentence for a line that is none or a file without any."""
    sentences = list(_sentences(file))
    if not sentences:
        raise BadSentence(f"{file}: no hay oraciones")
    return sentences


def _sentences(file: Path) -> Iterator[Sentence]:
    for number, line in enumerate(file.read_bytes().split(b"\n"), start=1):
        if line.strip():
            try:
                yield _sentence(orjson.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise BadSentence(f"{file}:{number}: {error}") from error


def _sentence(row: Any) -> Sentence:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise BadSentence("se espera un objeto con `text`")
    entities = row.get("entities") or {}
    if not isinstance(entities, dict):
        raise BadSentence("`entities` debe ser un objeto")
    service, intent = row.get("service"), row.get("intent")
    named = f"{service}.{str(intent).removeprefix(f'{service}.')}" if service and intent else UNKNOWN  # either way
    return Sentence(row["text"], named, entities, bool(row.get("danger")))
