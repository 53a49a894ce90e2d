"""Tests of branches, read as authors write them and tried on answers."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from backend.flows.cases import Subject, fits
from backend.flows.expressions.values import Scope
from backend.flows.read_tests import read_test_of
from bot.packs.model import Option
from bot.packs.yaml_file import File, Section

ZONE = ZoneInfo("America/Mexico_City")
ROWS: list[dict[str, Any]] = yaml.load((Path(__file__).parent / "answers.yml").read_text("utf-8"), yaml.BaseLoader)
CASES = [
    (row, answer, value)
    for row in ROWS
    for answer, value in [*row.get("fits", {}).items(), *((answer, None) for answer in row.get("not", []))]
]


@pytest.mark.parametrize(("row", "answer", "value"), CASES, ids=[f"{row['test']}-{answer}" for row, answer, _ in CASES])
def test_fits(row: dict[str, Any], answer: str, value: str | None) -> None:
    file = File(Path("x.yml"), "x.yml")
    test, _ = read_test_of(Section(file, (), row["test"]))
    assert test is not None, file.faults
    scope = Scope({"input": answer}, datetime(2026, 11, 22, 10, tzinfo=ZONE), ZONE)
    options = tuple(Option(name, name) for name in row.get("options", ()))
    found = fits(test, Subject(answer, answer, scope, frozenset(row.get("groups", ())), options))
    assert (found.value if found else None) == value
