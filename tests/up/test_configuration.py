"""What `ventanilla up` hands to its parts: what was written down, what was set, and what it makes itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.settings import Settings
from backend.up.configuration import environment

SECRET = "un-secreto-de-prueba-de-mas-de-treinta-y-dos-letras"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which somebody starts production, with its settings written down."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VENTANILLA_SERVICES", raising=False)
    (tmp_path / ".env").write_text(f"VENTANILLA_ENV=production\nVENTANILLA_ACTIONS_TOKEN={SECRET}\n")
    return tmp_path


def test_every_part_gets_what_is_written_down(folder: Path) -> None:
    env = environment(Settings(), {"VENTANILLA_REDIS_URL": "redis://ahi"}, 8000)
    assert env["VENTANILLA_ACTIONS_TOKEN"] == SECRET, "the bot reads no file"
    assert env["VENTANILLA_REDIS_URL"] == "redis://ahi"


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VENTANILLA_ACTIONS_TOKEN", SECRET[::-1])
    assert environment(Settings(), {}, 8000)["VENTANILLA_ACTIONS_TOKEN"] == SECRET[::-1]


def test_folders_are_the_same_for_whoever_runs_elsewhere(folder: Path) -> None:
    env = environment(Settings(data_dir=Path("var"), content_dir=Path("contenido")), {}, 8000)
    assert env["VENTANILLA_DATA_DIR"] == str(folder / "var")
    assert env["VENTANILLA_CONTENT_DIR"] == env["VENTANILLA_DATA_FILES"] == str(folder / "contenido")


def test_production_is_given_no_simulated_provider(folder: Path) -> None:
    env = environment(Settings(), {}, 8000)
    assert not any(name.endswith("API_BASE_URL") for name in env)
    assert not (folder / "var" / "development-secrets.json").exists()
