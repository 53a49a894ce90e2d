"""Protocols as files: what is read, and what is said of one that is not right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.experiments.eligibility import clinic_of, stratum_of, takes_part
from backend.experiments.protocol import Criterion, Factor, Protocol, from_json, to_json
from backend.experiments.reading import load_protocols
from backend.settings import ROOT
from bot.packs.yaml_file import PackError
from tests.experiments.study import BY_CLINIC

CASES = yaml.load(Path(__file__).with_name("protocols.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
FIELDS = (
    "fields: {edad: {kind: number}, parto: {kind: date}, etapa: {kind: choice, choices: [embarazo, bebe]}, clinica: {}}"
)
CAMPAIGN = """
programme: consejos
title: Consejos
starts: 2027-01-11
messages: [{id: uno, days: 1, hour: 10, arms: {informa: Toma agua., invita: ¿Y hoy?}}]
"""


def load(folder: Path, protocol: dict[str, Any]) -> Protocol:
    for name, text in (
        ("people/fields.yml", FIELDS),
        ("programme/consejos.yml", CAMPAIGN),
        ("experiments/tono.yml", yaml.safe_dump(protocol, allow_unicode=True)),
    ):
        path = folder / "services" / "salud" / name
        path.parent.mkdir(parents=True)
        # as an author would write it: no quotes around numbers, days and true
        path.write_text(text.replace("'true'", "true"), encoding="utf-8")
    (made,) = load_protocols(folder)
    return made


def test_what_is_written_is_what_holds(tmp_path: Path) -> None:
    made = load(tmp_path, CASES["right"])
    assert made.arms == (("informa", 1), ("invita", 2)) and made.control == "informa"
    assert made.factors == (Factor("etapa"), Factor("edad", (20, 35)))
    assert made.eligible == (Criterion("edad", (), 18, 45.5), Criterion("etapa", ("embarazo",)))
    attendance, knows = made.outcomes
    assert attendance.positive == ("kept",) and attendance.primary and knows.keep == "last" and knows.days is None
    assert from_json(to_json(made)) == made


@pytest.mark.parametrize("case", CASES["wrong"], ids=[case["title"] for case in CASES["wrong"]])
def test_a_fault_says_where_and_what_to_do(case: dict[str, Any], tmp_path: Path) -> None:
    written = {**CASES["right"], **case.get("with", {})}
    with pytest.raises(PackError) as raised:
        load(tmp_path, {key: value for key, value in written.items() if key not in case.get("without", ())})
    assert "services/salud/experiments/tono.yml:" in str(raised.value)
    assert case["said"] in str(raised.value)


def test_the_protocols_that_come_with_it_are_right_and_marked_as_examples() -> None:
    assert all(one.example and not one.ethics_approval for one in load_protocols(ROOT / "data"))


@pytest.mark.parametrize(
    ("age", "band"),
    [("19.9", "menos de 20"), ("20", "20 a menos de 35"), ("35", "35 o más"), (None, "sin dato"), ("mil", "sin dato")],
)
def test_numbers_fall_into_bands(tmp_path: Path, age: str | None, band: str) -> None:
    made = load(tmp_path, CASES["right"])
    known = {"etapa": "Embarazo"} | ({"edad": age} if age else {})
    assert stratum_of(made, known) == f"etapa=embarazo, edad={band}"
    assert takes_part(made, known) is (band in ("20 a menos de 35", "35 o más", "menos de 20"))


def test_a_clinic_is_known_however_it_is_spelt() -> None:
    assert clinic_of(BY_CLINIC, {"clinica": "CLINICA 3 "}) == "Clínica 3"
    assert clinic_of(BY_CLINIC, {"clinica": "Otra"}) is None and clinic_of(BY_CLINIC, {}) is None
