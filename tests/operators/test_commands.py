"""`ventanilla user add` as it is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.cli import app
from backend.settings import get_settings

ANA = ["user", "add", "--email", "Ana@Municipio.example", "--name", "Ana López"]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    def type_in(url: str, *words: str):
        monkeypatch.setenv("VENTANILLA_DATABASE_URL", url)
        monkeypatch.setenv("VENTANILLA_DATA_DIR", str(tmp_path))
        get_settings.cache_clear()
        return CliRunner().invoke(app, list(words))

    yield type_in
    get_settings.cache_clear()


def test_a_person_is_added_and_the_password_told_once(run, database_url: str) -> None:
    told = run(database_url, *ANA, "--role", "operador", "--department", "registro-civil")
    assert told.exit_code == 0, told.output
    assert "ana@municipio.example puede entrar" in told.output
    assert "Contraseña: " in told.output
    again = run(database_url, *ANA, "--department", "registro-civil")
    assert again.exit_code == 1
    assert "Ya existe" in again.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--department", "marte"], "No existe el departamento marte; elige de: registro-civil"),
        ([], "Falta --department"),
        (["--department", "todos", "--role", "jefa"], "No existe el rol «jefa»; elige uno de: observador"),
    ],
)
def test_a_mistake_says_what_to_write_instead(run, database_url: str, words: list[str], said: str) -> None:
    told = run(database_url, *ANA, *words)
    assert told.exit_code == 1
    assert said in told.output


def test_without_a_database_it_says_what_to_do(run) -> None:
    told = run("", *ANA, "--department", "todos")
    assert told.exit_code == 1
    assert "VENTANILLA_DATABASE_URL" in told.output and "ventanilla up" in told.output
