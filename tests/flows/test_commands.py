"""`ventanilla flow`: check, and a conversation in the terminal."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.flows.commands import app
from backend.settings import get_settings
from bot.installed import data_dir

EXAMPLES = Path(__file__).parent / "data" / "services"


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("common", "jurisdictions"):
        shutil.copytree(data_dir() / name, tmp_path / "data" / name)
    shutil.copytree(EXAMPLES, tmp_path / "data" / "services")
    monkeypatch.setenv("VENTANILLA_CONTENT_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("VENTANILLA_DATA_DIR", str(tmp_path / "var"))
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def test_check(installation: Path) -> None:
    result = CliRunner().invoke(app, ["check"])
    assert (result.exit_code, result.output) == (0, "0 errores, 0 avisos\n")
    path = installation / "data" / "services" / "ejemplo" / "flows" / "sorteo.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("goto: fin", "goto: fim"), encoding="utf-8")
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 1
    assert "ERROR data/services/ejemplo/flows/sorteo.yml: steps.uno: " in result.output


def test_talk(installation: Path) -> None:
    result = CliRunner().invoke(app, ["talk", "ejemplo/cita"], input="no\n+3 d\n")
    assert result.exit_code == 0
    assert "¿Qué día puedes?" in result.output
    assert "(expired)" in result.output


def test_talk_with_a_flow_that_does_not_exist(installation: Path) -> None:
    result = CliRunner().invoke(app, ["talk", "ejemplo/sita"])
    assert result.exit_code == 1
    assert "¿quisiste decir 'ejemplo/cita'?" in result.output
