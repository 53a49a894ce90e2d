"""`pack check`: every row of fixtures/faults.yml breaks one thing and reads what an author would be told."""

from __future__ import annotations

import random
import shutil
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.packs.check import check_data
from bot.packs.check_sentences import check_sentences
from bot.packs.check_texts import Allowed, phones_in
from bot.packs.model import Example, Fault, Intent, IntentList, Pack, Sentence

HERE = Path(__file__).parent
TODAY = date(2026, 11, 22)
ROWS: list[dict[str, Any]] = yaml.safe_load((HERE / "fixtures" / "faults.yml").read_text(encoding="utf-8"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE / "fixtures" / "data", tmp_path / "data"))


def break_it(data: Path, row: dict[str, Any]) -> None:
    path = data / row["file"]
    if row.get("remove"):
        path.unlink()
    elif "write" in row:
        path.write_text("{}" if row.get("empty_mapping") else row["write"], encoding="utf-8")
    else:
        text = path.read_text(encoding="utf-8")
        old, new = row.get("old", ""), row.get("new", "")
        assert old in text, "the row changes nothing"
        new = ("palabra " * 100)[: int(new.split()[1])] if new.startswith("LONG") else new
        path.write_text(text.replace(old, new, 1), encoding="latin-1" if row.get("latin1") else "utf-8")
    if row.get("needs_types"):
        service = data / "services" / "registro" / "service.yml"
        added = "entities: {tipo_reporte: {bache: {names: [hoyo]}}}\nintents:"
        service.write_text(service.read_text(encoding="utf-8").replace("intents:", added), encoding="utf-8")


def test_the_unbroken_installation_has_no_fault(data: Path) -> None:
    assert [str(fault) for fault in check_data(data, TODAY)] == []


@pytest.mark.parametrize("row", ROWS, ids=[row["title"] for row in ROWS])
def test_fault(data: Path, row: dict[str, Any]) -> None:
    break_it(data, row)
    faults = check_data(data, TODAY)
    found = [fault for fault in faults if row["fault"] in str(fault)]
    assert found, "\n".join(map(str, faults)) or "no fault at all"
    assert found[0].level == row.get("level", "error")


def test_errors_come_before_warnings(data: Path) -> None:
    break_it(data, {"file": "services/registro/service.yml", "old": ", ya cerraron", "new": ""})
    break_it(data, {"file": "services/registro/service.yml", "old": "say: te_paso", "new": "say: te_pazo"})
    assert [fault.level for fault in check_data(data, TODAY)] == ["error", "warning", "warning"]


def test_one_folder_hears_of_its_own_faults_only(data: Path) -> None:
    break_it(data, {"file": "services/registro/service.yml", "old": "say: te_paso", "new": "say: te_pazo"})
    assert check_data(data, TODAY, data / "services" / "comun") == []
    assert check_data(data, TODAY, data / "services" / "registro")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Marca 911 o al 800 911 2000.", ["800 911 2000", "911"]),
        ("Llama al +52 1 (81) 1234-5678", ["+52 1 (81) 1234-5678"]),
        ("Emergencias: 066", ["066"]),
        ("Teléfono 8112345678.", ["8112345678"]),
        ("Cuesta $1,250.00 y tarda de 10 a 15 días", []),
        ("Abrimos de 9:00 a 15:00 h, de lunes a viernes de 8 a 14", []),
        ("Antes del 2026-11-30 o del 15/03/2027", []),
        ("La CURP tiene 18 letras y números; el código postal 64000", []),
        ("Tu folio es EJ-7K3M-Q29", []),
        ("Paga $ 1250 en caja", []),
    ],
)
def test_what_reads_like_a_telephone(words: str, found: list[str]) -> None:
    assert phones_in(words) == found


@pytest.mark.parametrize(
    ("link", "allowed"),
    [
        ("https://www.gob.mx/curp", True),
        ("www.gob.mx/curp/", True),
        ("WWW.gob.mx/curp?lang=es", True),
        ("www.gob.mx/curp-gratis", False),
        ("www.gob.mx", False),
        ("gob.mx/curp", False),
        ("https://www.gob.mx/curp/../otra", False),
        ("https://www.gob.mx@malo.example/curp", False),
        ("https://www.gob.mx.malo.example/curp", False),
        ("https://llave.gob.mx", True),
        ("https://llave.gob.mx/registro", True),
    ],
)
def test_links_are_allowed_by_host_and_path(link: str, allowed: bool) -> None:
    assert Allowed(("www.gob.mx/curp", "llave.gob.mx/"), frozenset()).link(link) is allowed


def test_five_thousand_sentences_take_less_than_five_seconds() -> None:
    """Sentences of a small vocabulary, so that many share most of their letters."""
    dice = random.Random(7)
    words = "quiero saber cuanto cuesta el acta de nacimiento mi hijo donde queda la oficina papeles llevo para"
    vocabulary = words.split()
    said = [" ".join(dice.choices(vocabulary, k=dice.randint(3, 12))) for _ in range(5000)]
    intents = {
        name: Intent("s", name, tuple(Example(text) for text in said[n * 100 : n * 100 + 100]), say="x")
        for n, name in enumerate(f"i{n}" for n in range(40))
    }
    tests = tuple(Sentence(text, f"s.i{n % 40}") for n, text in enumerate(said[4000:]))
    pack = Pack("p", Path("data/services/p"), "s", "S", "o", intents=intents, sentences=tests)
    started = time.process_time()
    faults: list[Fault] = check_sentences([pack], IntentList({}, {}, {}))
    assert time.process_time() - started < 5
    assert any("es casi el ejemplo" in fault.advice for fault in faults)
