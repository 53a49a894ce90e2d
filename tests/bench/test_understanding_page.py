"""The part of the evaluation page about the own packs, made from what was measured."""

import pytest

from bench.understanding import page

SCORE = {
    "title": "whole", "accuracy": 0.9, "known": 0.91, "macro_f1": 0.89, "calibration": 0.02, "caught": 0.8,
    "refused": 0.03, "asked": 0.05, "answered": 0.15, "recall": 0.99, "by_rule": 0.98, "false_alarms": 0.01,
    "twice": 0.2, "ms": 1.5,
}  # fmt: skip
MEASURED = {
    "sentences": 100, "batches": 5, "tests": 10, "whole": SCORE, "parts": [], "own": {"intent": 1.0, "joint": 0.9},
    "names": {"without wordings": 0.8, "without the gazetteer": 0.5}, "missed": ["no siento al niño"],
    "batch": [("ana", 20, 0.75)], "intent": [("comun.queja", 10, 0.5)],
    "confusions": [("comun.queja", "comun.saludo", 2)],
    "evaluation": {
        "few": [
            {"service": "comun", "intent": "saludo", "confidence": 0.9, "entities": {}, "danger": False, "ms": 1.0},
            {"service": "comun", "intent": "saludo", "confidence": 0.4, "entities": {}, "danger": False, "ms": 3.0},
        ]
    },
}  # fmt: skip
SENTENCES = """{"text": "hola", "service": "comun", "intent": "saludo"}
{"text": "me desangro", "service": "salud_materna", "intent": "alarma_embarazo", "danger": true}
"""


@pytest.fixture
def few(tmp_path, monkeypatch):
    (tmp_path / "few.jsonl").write_text(SENTENCES, encoding="utf-8")
    monkeypatch.setattr(page, "EVALUATION", tmp_path)


def test_every_missed_danger_is_named(few):
    text = page.tables(MEASURED, "a machine")
    assert "Missed by both (1):\n\n- no siento al niño" in text
    assert "Dangers missed in `few` (1):\n\n- me desangro" in text


def test_the_tables_hold_what_was_measured(few):
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.tables(MEASURED, "m").splitlines()]
    assert ["whole", "90.0", "91.0", "89.0", "80.0", "3.0", "5.0", "15.0", "99.0", "1.0", "0.020", "1.50"] in rows
    assert ["few", "2", "50.0", "50.0", "–", "0.0", "0.0", "0.0", "2.00"] in rows
    assert "90.0 % with their names; 80.0 % without wordings, 50.0 % without the gazetteer." in page.tables(
        MEASURED, "m"
    )
    assert ["ana", "20", "75.0"] in rows and ["comun.queja", "10", "50.0"] in rows


def test_parts_left_out_are_shown_where_they_were_measured(few):
    assert "without the normaliser" not in page.tables(MEASURED, "m")
    parts = [SCORE, {**SCORE, "title": "without the normaliser"}]
    assert "without the normaliser" in page.tables({**MEASURED, "parts": parts}, "m")
