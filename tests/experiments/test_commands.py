"""`ventanilla experiment …` as it is typed, on an installation's own protocols."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from backend.commands.experiments import app
from backend.settings import get_settings

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str) -> Iterator[Run]:
    monkeypatch.setenv("VENTANILLA_DATABASE_URL", database_url)
    monkeypatch.setenv("VENTANILLA_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield lambda *words: CliRunner().invoke(app, list(words))
    get_settings.cache_clear()


def test_a_trial_from_start_to_end(run: Run, tmp_path: Path) -> None:
    assert "1 protocolos, 0 errores" in run("check").output
    assert "«tono» empezó. Protocolo " in run("start", "tono").output
    assert "tono  en marcha" in run("list").output
    again = run("start", "tono")
    assert again.exit_code == 1 and "empieza una sola vez" in again.output
    assert run("note", "tono", "--why", "El servidor estuvo caído el martes").exit_code == 0
    exported = run("export", "tono").output
    assert exported == "unit,stratum,position,arm,at\n"
    audited = run("audit", "tono")
    assert audited.exit_code == 0 and "0 asignaciones, 0 que no coinciden" in audited.output
    told = run("report", "tono").output
    assert "Resultados preliminares" in told and "El servidor estuvo caído" in told and "todavía no hay datos" in told
    assert run("end", "tono", "--why", " ").exit_code == 1
    assert "terminó" in run("end", "tono", "--why", "Se cumplió el plazo").output
    document = json.loads(run("report", "tono", "--json").output)
    assert [one["what"] for one in document["log"]] == ["started", "note", "ended"]
    assert document["confidence"] == 0.95 and len(document["results"]) == 3


def test_a_list_is_checked_without_the_database(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lista.csv"
    line = "7,etapa=embarazo,0,{arm},2027-01-12T12:00:00+00:00\n"
    codes = []
    for arm in ("a", "b"):
        file.write_text("unit,stratum,position,arm,at\n" + line.format(arm=arm), encoding="utf-8")
        codes.append(run("audit", "tono", "--file", str(file)).exit_code)
    assert sorted(codes) == [0, 1]


@pytest.mark.parametrize("words", [("report", "nada"), ("audit", "nada"), ("start", "nada")])
def test_a_trial_that_does_not_exist(run: Run, words: tuple[str, str]) -> None:
    told = run(*words)
    assert told.exit_code == 1 and "no existe el estudio «nada»" in told.output
