"""Scores of `ventanilla evaluate` on the table beside this file, and what it refuses to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from backend.evaluation.report import evaluate, lines
from backend.evaluation.sentences import BadSentence, read_sentences

TABLE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "answers.yml").read_text(encoding="utf-8"))
ANSWERS = [{"confidence": 0.9, "ms": 1.0, **answer} for answer in TABLE["answers"]]


def labelled(folder: Path) -> Path:
    file = folder / "labelled.jsonl"
    file.write_bytes(b"\n".join(map(orjson.dumps, TABLE["sentences"])) + b"\n\n")
    return file


def test_the_report_says_what_is_right_and_what_is_missed(tmp_path: Path) -> None:
    report = evaluate(read_sentences(labelled(tmp_path)), ANSWERS)
    assert {name: report[name] for name in TABLE["report"]} == TABLE["report"]
    assert report["confusions"][0]["sentences"] == 1
    by_intent = {row["intent"]: row for row in report["intents"]}
    assert by_intent["tramites.costo"]["f1"] == 1.0
    assert by_intent["salud_materna.alarma_embarazo"]["recall"] == 0.5
    assert [row["text"] for row in report["mistakes"]] == [
        "y la de divorcio",
        "donde quedan",
        "se desmayo",
        "un chiste",
    ]


def test_misses_of_danger_are_printed_by_name(tmp_path: Path) -> None:
    printed = "\n".join(lines(evaluate(read_sentences(labelled(tmp_path)), ANSWERS)))
    assert "  se desmayo" in printed and "62.5" in printed


def test_without_danger_or_unknown_messages_nothing_divides_by_zero(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text('{"text": "hola", "service": "comun", "intent": "saludo"}')
    hello = {**ANSWERS[0], "service": "comun", "intent": "saludo", "entities": {}}
    report = evaluate(read_sentences(file), [hello])
    assert report["danger"]["recall"] is None
    assert list(lines(report))


def test_an_intent_may_be_written_with_its_service(tmp_path: Path) -> None:
    file = tmp_path / "one.jsonl"
    file.write_text('{"text": "hola", "service": "comun", "intent": "comun.saludo"}')
    assert [sentence.intent for sentence in read_sentences(file)] == ["comun.saludo"]


@pytest.mark.parametrize(
    "line", ["", "{", "[]", '{"service": "comun"}', '{"text": 1}', '{"text": "a", "entities": []}x']
)
def test_what_is_no_labelled_sentence_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(line)
    with pytest.raises(BadSentence, match=r"bad\.jsonl"):
        read_sentences(file)
