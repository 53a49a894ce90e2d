"""`train-data export`: every sentence with its label and batch, the names, and the card."""

from __future__ import annotations

from pathlib import Path

import orjson
from typer.testing import CliRunner

from backend.cli import app


def test_the_training_set_goes_out_with_its_card(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["train-data", "export", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    rows = [orjson.loads(line) for line in (tmp_path / "sentences.jsonl").read_bytes().splitlines()]
    trained = [row for row in rows if row["split"] == "train"]
    assert len({(row["service"], row["intent"]) for row in trained}) == 61
    assert all(row["batch"] and row["text"] for row in trained)
    assert any(row["danger"] for row in rows if row["split"] == "test")
    names = [orjson.loads(line) for line in (tmp_path / "names.jsonl").read_bytes().splitlines()]
    assert {row["entity"] for row in names} == {"tramite", "tipo_reporte", "servicio"}
    assert "CC BY 4.0" in (tmp_path / "README.md").read_text()
