"""The Mariateguino set: a university's student-services bot, 100 real messages and what six services answered in 2020.

Its data has no licence, so nothing of it is kept here: BENCH_MARIATEGUINO names a clone of the repository
github.com/ViktorJJF/NLU-services-comparison. Read are the agent's training sentences, and the sheet of the study with
the messages, the intents its authors expected and each service's answer. Intents that the agent hears only within a
context (the answers to its own questions) are not taught to anybody: the messages come without one.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from bench.nlu.sets import DataSet, Example

ID, TITLE = "mariateguino", "Mariateguino: 100 real messages, 22 of them of no intent"
VARIABLE = "BENCH_MARIATEGUINO"
REPOSITORY = "github.com/ViktorJJF/NLU-services-comparison"
COMMIT = "614c7707aa8c2f091d5c529d9fcc005c73e9ae46"
INTENTS, SHEET = "mariateguino/intents", "Excel.xlsx"
SENTENCES = "_usersays_es.json"
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROWS = range(4, 104)
EXPECTED, MESSAGE = "B", "C"
SERVICES = {"Dialogflow": "D", "LUIS": "F", "Watson": "H", "Wit.ai": "J", "Lex": "L", "Rasa (2020)": "N"}
FALLBACKS = frozenset({"defaultfallbackintent", "none", ""})


@dataclass(frozen=True)
class Study:
    """`answers`: per service, the intent for each test message; None where it was rejected."""

    data: DataSet
    answers: Mapping[str, tuple[str | None, ...]]


def load() -> Study | None:
    """The study, or None where the variable names no clone."""
    clone = os.environ.get(VARIABLE)
    if not clone or not Path(clone).is_dir():
        return None
    command = ["git", "-C", clone, "archive", COMMIT, INTENTS, SHEET]
    return study(_files(subprocess.run(command, check=True, capture_output=True).stdout))


def study(files: Mapping[str, bytes]) -> Study:
    """The study from the repository's files by path."""
    cells = sheet(files[SHEET])
    rows = [row for row in ROWS if f"{MESSAGE}{row}" in cells]
    test = tuple(Example(cells[f"{MESSAGE}{row}"], _intent(cells.get(f"{EXPECTED}{row}", ""))) for row in rows)
    answers = {
        name: tuple(_intent(cells.get(f"{column}{row}", "")) for row in rows) for name, column in SERVICES.items()
    }
    return Study(DataSet(ID, TITLE, _train(files), (), test), answers)


def _files(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: file.read() for member in tar if (file := tar.extractfile(member))}


def _train(files: Mapping[str, bytes]) -> tuple[Example, ...]:
    """Dialogflow's export: `<intent>.json`, and `<intent>_usersays_es.json`, each sentence cut into annotated parts."""
    found = []
    for name, content in sorted(files.items()):
        intent, is_sentences, _ = name.partition(SENTENCES)
        if is_sentences and not json.loads(files[f"{intent}.json"]).get("contexts"):
            texts = ("".join(part["text"] for part in sentence["data"]).strip() for sentence in json.loads(content))
            found += [Example(text, _intent(Path(intent).name)) for text in texts]
    return tuple(found)


def _intent(name: str) -> str | None:
    """The services spell one intent in several ways: with hyphens, underscores, capitals or none of them."""
    plain = "".join(character for character in name.lower() if character.isalnum())
    return None if plain in FALLBACKS else plain


def sheet(workbook: bytes) -> dict[str, str]:
    """Cell -> text of a workbook's first sheet."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as parts:
        strings = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))
        shared = ["".join(t.text or "" for t in item.iter(f"{SPREADSHEET}t")) for item in strings]
        cells = {}
        for cell in ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml")).iter(f"{SPREADSHEET}c"):
            value = cell.find(f"{SPREADSHEET}v")
            if value is not None and value.text is not None:
                cells[cell.get("r", "")] = shared[int(value.text)] if cell.get("t") == "s" else value.text
        return cells
