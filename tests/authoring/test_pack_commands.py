"""`ventanilla pack …` as an author types it, on a small installation of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from backend.pack_commands import app
from backend.settings import get_settings

DATA = Path(__file__).parent.parent / "packs" / "fixtures" / "data"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    monkeypatch.setenv("VENTANILLA_CONTENT_DIR", str(folder))
    get_settings.cache_clear()
    yield folder
    get_settings.cache_clear()


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_new_service_is_made_checked_and_shown(data: Path) -> None:
    assert run("new", "biblioteca", "--title", "Biblioteca Central")[0] == 0
    assert run("check") == (0, "0 errores, 0 avisos\n")
    assert run("check", str(data / "services" / "biblioteca")) == (0, "0 errores, 0 avisos\n")
    code, shown = run("show", "biblioteca")
    assert code == 0
    assert "form_biblioteca_apuntarse" in yaml.safe_load(shown)["forms"]


def test_errors_end_with_one_and_warnings_do_not(data: Path) -> None:
    path = data / "services" / "registro" / "service.yml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("answers:", "answers:\n  sobra: Nadie me dice.", 1), encoding="utf-8")
    code, said = run("check")
    assert (code, said.splitlines()[-1]) == (0, "0 errores, 1 avisos")
    path.write_text(good.replace("owner:", "ouner:", 1), encoding="utf-8")
    code, said = run("check")
    assert code == 1
    assert "ERROR data/services/registro/service.yml:3: ouner: clave desconocida; ¿quisiste decir 'owner'?" in said


def test_the_services_of_this_installation_have_no_error() -> None:
    code, said = run("check")
    assert code == 0, said


@pytest.mark.parametrize("words", [("show", "rejistro"), ("test", "rejistro"), ("new", "registro"), ("check", "/nada")])
def test_a_mistyped_name_is_told_without_a_trace(data: Path, words: tuple[str, ...]) -> None:
    code, said = run(*words)
    assert code == 1
    assert "Traceback" not in said
    assert ": " in said
