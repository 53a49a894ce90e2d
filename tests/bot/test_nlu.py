"""The parts of understanding, each on its own; how good the whole is, the packs' own tests.yml say."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message

from bot import safety
from bot.installed import data_dir
from bot.nlu import NORMALISED, OUT_OF_SCOPE, doubt
from bot.nlu.entities import PackEntities
from bot.nlu.gazetteer import Gazetteer, Name
from bot.nlu.patterns import find
from bot.nlu.payloads import Payload, chosen, read
from bot.nlu.urgency import SOMETIMES, URGENT, Limits, danger, intents, taught_as
from bot.nlu.vocabulary import vocabulary
from bot.packs.load import load_packs
from bot.text.tables import read_yaml

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
    found = Gazetteer(NAMES, ["porque", "vienen", "papeles"]).find(text)
    assert {entity: ids[0] for entity, ids in found.items()} == named


WORDINGS = [
    Name("tramite", "registro", "registrar|apuntar & niño|niña|bebé"),
    Name("tramite", "extemporaneo", "nunca registrar & niño|niña"),
    Name("tramite", "reconocimiento", "no +lleva apellido"), Name("tramite", "acta_nacimiento", "el|mi +acta"),
    Name("tramite", "de_boda", "acta & boda|matrimonio"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("quiero apuntar a mi niña", "registro"),
        ("los niños que van a registrar", "registro"),
        ("rejistrar o apuntra al bebe", "registro"),
        ("nunca la pudo registrar a la niña", "extemporaneo"),
        ("tengo un hijo que no lleva mi apellido", "reconocimiento"),
        ("no se si lleva apellido", None),
        ("cuanto cuesta el acta", "acta_nacimiento"),
        ("cuanto cuesta un acta", None),
        ("ocupo el acta del matrimonio", "acta_matrimonio"),
        ("el acta de la boda", "de_boda"),
        ("el acta de matrimonio", "acta_matrimonio"),
        ("mi bebe nacio ayer", None),
        ("registrar " + "y tambien " * 6 + "el bebe", None),
    ],
)
def test_wordings_mean_what_no_name_says(text: str, named: str | None) -> None:
    assert next(iter(Gazetteer(NAMES, wordings=WORDINGS).find(text).get("tramite", ())), None) == named


def test_what_says_most_comes_first_and_a_part_of_it_does_not_count() -> None:
    gazetteer = Gazetteer(NAMES)
    assert gazetteer.find("el matrimonio con acta de nacimiento") == {"tramite": ["acta_nacimiento", "matrimonio"]}
    assert gazetteer.find("acta de matrimonio") == {"tramite": ["acta_matrimonio"]}


@pytest.mark.parametrize(
    ("intent", "confidence", "text", "expect", "named"),
    [
        ("municipio.reportar", 0.9, "esta tapado el drenaje", None, {"tipo_reporte": "drenaje"}),
        ("municipio.reportar", 0.4, "esta tapado el drenaje", None, {"tipo_reporte": "drenaje", "servicio": "drenaje"}),
        ("salud_materna.parto", 0.9, "hay un bache de camino", None, {}),
        ("salud_materna.parto", 0.9, "el bache", None, {"tipo_reporte": "bache"}),
        ("salud_materna.parto", 0.9, "es un bache", {"type": "options"}, {"tipo_reporte": "bache"}),
        ("otro.intento", 0.9, "hay un bache", None, {"tipo_reporte": "bache"}),
        ("tramites.corregir", 0.9, "la boda, y el acta de nacimiento", None, {"tramite": "acta_nacimiento"}),
        ("tramites.corregir", 0.9, "el matrimonio", None, {"tramite": "matrimonio"}),
    ],
)
def test_a_sure_intent_keeps_the_names_that_it_has_a_use_for(
    intent: str, confidence: float, text: str, expect: dict[str, str] | None, named: dict[str, str]
) -> None:
    uses = {
        "municipio.reportar": {"tipo_reporte": []},
        "salud_materna.parto": {},
        "tramites.corregir": {"tramite": ["acta_nacimiento"]},
    }
    names = [[name.entity, name.id, name.text] for name in NAMES]
    trained = {"names": names, "wordings": [], "uses": uses, "known": []}
    understood = {"name": intent, "confidence": confidence}
    message = Message({"text": text, NORMALISED: text, "intent": understood, "metadata": {"expect": expect}})
    entities = PackEntities({}, None, None)
    entities.use(trained)
    entities.process([message])
    assert {found["entity"]: found["value"] for found in message.get("entities")} == named


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("acta de matrimonio", True),
        ("y la de matrimonio ?", True),
        ("apuntar al niño", True),
        ("cuanto cuesta el acta de matrimonio", False),
        ("cuanto por apuntar al niño", False),
        ("y", False),
        ("", False),
    ],
)
def test_a_message_may_be_only_a_name(text: str, alone: bool) -> None:
    assert Gazetteer(NAMES, wordings=WORDINGS).only_names(text) is alone


def test_spacy_keeps_no_word_that_a_citizen_wrote() -> None:
    gazetteer = Gazetteer(NAMES)
    for text in ("el bache de xochiquetzal hernandez", "xochiquetzal"):
        gazetteer.find(text), gazetteer.only_names(text)
    kept = {lexeme.text for lexeme in gazetteer._vocab}
    assert "bache" in kept and "xochiquetzal" not in kept


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


@pytest.mark.parametrize("text", ["no", "nel", "no quiero darme de baja", "no, gracias"])
def test_a_no_is_not_the_option_whose_title_begins_so(text: str) -> None:
    options = [
        {"title": "Volver a recibir mensajes", "value": "ir:comun.alta_de_nuevo"},
        {"title": "No recibir mensajes", "value": "ir:comun.baja"},
        {"title": "Otra cosa", "value": "ir:comun.fuera_de_alcance"},
    ]
    assert chosen(text, None, options) is None
    assert chosen("no recibir mensajes", None, options) == "ir:comun.baja"


def test_violence_is_taught_as_two_classes_and_named_as_one_intent() -> None:
    violence, calm, sought = "salud_materna.violencia", "comun.saludo", "me esta pegando mi esposo ayuda"
    assert [taught_as(violence, text) for text in (sought, "mi esposo revisa mi celular")] == [f"{violence}!", violence]
    assert taught_as(calm, sought) == calm
    ranking = [(calm, 0.4), (f"{violence}!", 0.35), (violence, 0.25)]
    assert intents(ranking, 1) == [(violence, pytest.approx(0.6))]
    assert danger(ranking) == pytest.approx(0.35)


@pytest.mark.parametrize(
    ("ranking", "unsure"),
    [
        ([("tramites.costo", 0.9), (OUT_OF_SCOPE, 0.05)], False),
        ([("tramites.costo", 0.3), ("tramites.donde", 0.25)], True),  # no better than a guess
        ([("tramites.costo", 0.6), (OUT_OF_SCOPE, 0.2)], True),  # may well be beyond us
        ([(OUT_OF_SCOPE, 0.3), ("tramites.costo", 0.29)], False),  # said to be beyond us already
        ([], False),
    ],
)
def test_an_intent_no_better_than_a_guess_is_unsure(ranking: list[tuple[str, float]], unsure: bool) -> None:
    assert doubt.Limits(threshold=0.2, sure=0.35, beyond=0.2).unsure(ranking) is unsure


@pytest.mark.parametrize(
    ("text", "intent", "certainty", "lent"),
    [
        ("no pos ya no me manden nada gracias", "comun.agradecimiento", 0.58, True),
        ("ya no m manden nada d embarazo mi bb ya no sta", "salud_materna.informar_perdida", 0.76, False),
        ("cancelar", "comun.cancelar", 0.5, False),
        ("me esta saliendo mucha sangre", "comun.saludo", 0.79, True),
        ("me esta saliendo mucha sangre", "salud_materna.alarma_bebe", 0.3, False),
        ("gracias", "comun.agradecimiento", 0.1, False),
    ],
)
def test_a_rule_lends_its_intent_where_the_classifier_is_unsure(
    text: str, intent: str, certainty: float, lent: bool
) -> None:
    assert Limits(sure=0.8, sure_leaving=0.7).lends(safety.read(text), intent, certainty) is lent


def test_examples_that_a_reader_called_dangerous_are_examples_that_no_rule_hears() -> None:
    examples = {e.text: i.id for pack in load_packs(data_dir()) for i in pack.intents.values() for e in i.examples}
    told = read_yaml("urgent_examples.yml")
    assert {examples.get(text) for text in told} <= SOMETIMES
    assert not [text for text in told if (heard := safety.read(text)) and heard.danger]
    assert all(taught_as(examples[text], text).endswith(URGENT) for text in told)


def test_a_birth_is_danger_where_the_rule_of_births_or_a_reader_says_so() -> None:
    assert taught_as("salud_materna.parto_en_curso", "ya se asoma el niño y no llega nadie").endswith(URGENT)
    bleeding = "ya traigo dolores cada 5 minutos y un poco de sangrado"
    assert (
        safety.read(bleeding) and taught_as("salud_materna.parto_en_curso", bleeding) == "salud_materna.parto_en_curso"
    )
