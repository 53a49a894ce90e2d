"""`ventanilla import rapidpro`: exit codes, the count at the end, and what is written where."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from backend.flows.load import read_files
from backend.rapidpro.command import rapidpro
from tests.rapidpro.cases import EXPORTS

app = typer.Typer()
app.command()(rapidpro)


def run(*arguments: str) -> tuple[int, list[str]]:
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output.splitlines()


def test_all_converted(tmp_path: Path) -> None:
    code, lines = run(str(EXPORTS / "matrix_v10.json"), "--to", str(tmp_path / "matriz"))
    assert code == 0
    assert lines[-1].startswith("1 archivos: 1 flujos con 5 nodos, 0 campañas, 0 disparadores; 0 sin convertir")


def test_some_not(tmp_path: Path) -> None:
    code, lines = run(str(EXPORTS / "programme_v13.json"), "--to", str(tmp_path / "citas"))
    assert code == 2
    assert lines[0] == ("SIN CONVERTIR Cita: n-others: acción call_classifier: no hay clasificadores de RapidPro")
    assert "1 sin convertir" in lines[-1]


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    code, lines = run(str(EXPORTS), "--to", str(tmp_path / "todo"), "--dry-run")
    assert code == 2
    assert lines[-1].startswith("8 archivos: ")
    assert not (tmp_path / "todo").exists()


def test_what_is_written_can_be_read_by_the_installation(tmp_path: Path) -> None:
    run(str(EXPORTS), "--to", str(tmp_path / "programa"))
    flows, faults = read_files(sorted((tmp_path / "programa" / "flows").glob("*.yml")))
    assert faults == []
    assert "programa/mialta" in flows
    assert (tmp_path / "programa" / "programme" / "pregnancy.yml").exists()
    assert "keywords" in (tmp_path / "programa" / "triggers.yml").read_text(encoding="utf-8")


def test_what_somebody_edited_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "programa"
    run(str(EXPORTS / "matrix_v10.json"), "--to", str(folder))
    path = folder / "flows" / "incentivescollect.yml"
    path.write_text("title: Editado\n", encoding="utf-8")
    _, lines = run(str(EXPORTS / "matrix_v10.json"), "--to", str(folder))
    assert any(line.startswith("ya estaba y es distinto") for line in lines)
    assert path.read_text(encoding="utf-8") == "title: Editado\n"
    run(str(EXPORTS / "matrix_v10.json"), "--to", str(folder), "--overwrite")
    assert "incentivesCollect" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", ["no-existe.json", "."])
def test_nothing_to_import(tmp_path: Path, path: str) -> None:
    code, lines = run(str(tmp_path / path))
    assert code == 2
    assert "no existe o no tiene archivos .json" in lines[0]
