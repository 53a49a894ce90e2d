"""The parts of understanding, each on its own; how good the whole is, the packs' own tests.yml say."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.gazetteer import Gazetteer, Name
from bot.nlu.linear import Linear, train
from bot.nlu.patterns import find
from bot.nlu.payloads import Payload, chosen, read
from bot.nlu.vocabulary import vocabulary

TODAY = date(2026, 11, 22)
SHAPES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "entities.yml").read_text(encoding="utf-8"))
NAMES = [
    Name("tramite", "acta_matrimonio", "acta de matrimonio"), Name("tramite", "matrimonio", "matrimonio"),
    Name("tramite", "acta_nacimiento", "acta de nacimiento"), Name("tipo_reporte", "bache", "bache"),
    Name("tipo_reporte", "parque", "parque"), Name("servicio", "drenaje", "drenaje"),
    Name("tipo_reporte", "drenaje", "drenaje"),
]  # fmt: skip
OPTIONS = [
    {"title": "Sí, con una persona", "value": "ir:comun.hablar_con_persona"},
    {"title": "No, ver el menú", "value": "ir:comun.ayuda"},
]


@pytest.mark.parametrize("row", SHAPES, ids=[row["text"] for row in SHAPES])
def test_entities_by_shape(row: dict[str, Any]) -> None:
    found = {f.entity: f.value for f in find(row["text"], TODAY)}
    found["fecha"] = (found.get("fecha") or {}).get("date")
    assert {name: found.get(name) for name in row if name != "text"} == {
        name: row[name] for name in row if name != "text"
    }


@given(st.text(max_size=400))
def test_any_text_has_shapes_or_none(text: str) -> None:
    assert all(0 <= f.start <= f.end <= len(text) for f in find(text, TODAY))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("cuanto cuesta el acta de mi matrimonio", {"tramite": "acta_matrimonio"}),
        ("papeles para el matrimonio", {"tramite": "matrimonio"}),
        ("actas nacimiento", {"tramite": "acta_nacimiento"}),
        ("hay muchos bachess", {"tipo_reporte": "bache"}),
        ("vache enorme", {"tipo_reporte": "bache"}),
        ("porque no vienen", {}),
        ("esta tapado el drenaje", {"servicio": "drenaje", "tipo_reporte": "drenaje"}),
    ],
)
def test_names_from_the_packs(text: str, named: dict[str, str]) -> None:
    assert dict(Gazetteer(NAMES, ["porque", "vienen", "papeles"]).find(text)) == named


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("acta de matrimonio", True),
        ("y la de matrimonio ?", True),
        ("cuanto cuesta el acta de matrimonio", False),
        ("y", False),
        ("", False),
    ],
)
def test_a_message_may_be_only_a_name(text: str, alone: bool) -> None:
    assert Gazetteer(NAMES).only_names(text) is alone


def test_misspellings_in_examples_are_not_right_spellings() -> None:
    sentences = ["cuanto cuesta el acta"] * 9 + ["cuanto kuesta el akta", "cuanto cuetsa"]
    known = vocabulary(sentences, ["akta de xochitl"])
    assert {"cuanto", "cuesta", "acta", "akta", "xochitl"} <= set(known)
    assert known["cuesta"] == 9 and known["xochitl"] > 1
    assert not {"kuesta", "cuetsa"} & set(known)


@pytest.mark.parametrize(
    ("value", "payload"),
    [
        ("ir:tramites.costo", Payload("tramites.costo")),
        ("ir:tramites.costo:tramite=curp", Payload("tramites.costo", "tramite", "curp")),
        ("ir:tramites.costo:tramite=nada", None),
        ("ir:nada", None),
        ("tramites.costo", None),
        ("", None),
        ("ir:", None),
    ],
)
def test_payloads(value: str, payload: Payload | None) -> None:
    assert read(value, {"tramites.costo"}, {"tramite": ["curp"]}) == payload


@pytest.mark.parametrize(
    ("text", "choice", "value"),
    [
        ("1", None, "ir:comun.hablar_con_persona"),
        ("si", None, "ir:comun.hablar_con_persona"),
        ("simon", None, "ir:comun.hablar_con_persona"),
        ("nel", None, "ir:comun.ayuda"),
        ("2", None, "ir:comun.ayuda"),
        ("", "ir:comun.ayuda", "ir:comun.ayuda"),
        ("3", None, None),
        ("hola", "ir:otra.cosa", None),
        ("", None, None),
    ],
)
def test_options_by_number_button_and_yes_or_no(text: str, choice: str | None, value: str | None) -> None:
    assert chosen(text, choice, OPTIONS) == value


def test_a_linear_model_learns_and_is_kept_without_pickle(tmp_path: Path) -> None:
    pairs = [(text, text) for text in ["cuanto cuesta", "que precio tiene", "donde esta", "en que lugar queda"]]
    model = train(pairs, ["costo", "costo", "donde", "donde"], 0.5)
    model.save(tmp_path)
    loaded = Linear.load(tmp_path)
    assert loaded.ranking("cuanto kuesta", "cuanto cuesta", 2)[0][0] == "costo"
    assert np.allclose(loaded.scores("donde queda", "donde queda"), model.scores("donde queda", "donde queda"))
    assert sum(loaded.scores("", "")) == pytest.approx(1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["columns.json", "weights.npz"]
