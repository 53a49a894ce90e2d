"""`pack new`: the folder that it writes is a whole service already."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.packs.check import check_data
from bot.packs.compile import compile_packs
from bot.packs.load import PackError, load_pack, load_packs
from bot.packs.scaffold import scaffold

DATA = Path(__file__).parent / "fixtures" / "data"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def test_a_new_pack_passes_the_check_beside_others_and_another_new_one(data: Path) -> None:
    scaffold(data, "biblioteca")
    scaffold(data, "taller_de_danza", "Taller de danza")
    assert [str(fault) for fault in check_data(data, date(2026, 11, 22))] == []
    assert load_pack(data, "taller_de_danza").title == "Taller de danza"
    assert "form_biblioteca_apuntarse" in compile_packs(load_packs(data)).domain["forms"]


@pytest.mark.parametrize("pack_id", ["registro", "tramites", "Biblioteca", "niño", "../fuera", "", "a b"])
def test_a_name_that_does_not_serve_writes_nothing(data: Path, pack_id: str) -> None:
    before = sorted(data.rglob("*"))
    with pytest.raises(PackError):
        scaffold(data, pack_id)
    assert sorted(data.rglob("*")) == before
