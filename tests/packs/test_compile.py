"""Packs as Rasa data: names are the contract with the bot, and a pack can add what the vocabulary cannot say."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from bot.packs.compile import FALLBACK, as_rasa, compile_packs, confirm_slot, field_slots, form_action, slot_name
from bot.packs.load import PackError, load_packs
from bot.packs.merge import merge
from bot.packs.model import Entry, Form, Intent, Option

DATA = Path(__file__).parent / "fixtures" / "data"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def test_the_domain_names_intents_slots_forms_and_actions() -> None:
    domain = compile_packs(load_packs(DATA)).domain
    assert {"tramites.costo": {"use_entities": []}} in domain["intents"]
    assert domain["forms"] == {
        "form_registro_copia": {
            "required_slots": [
                "registro__copia__entrega",
                "registro__copia__correo",
                "registro__copia__acepta",
                "registro__copia__confirm",
            ]
        }
    }
    assert domain["slots"]["registro__copia__correo"] == {
        "type": "any",
        "influence_conversation": False,
        "mappings": [
            {
                "type": "from_text",
                "conditions": [{"active_loop": "form_registro_copia", "requested_slot": "registro__copia__correo"}],
            }
        ],
    }
    assert domain["slots"]["tramite"]["mappings"] == [{"type": "from_entity", "entity": "tramite"}]
    assert {"validate_form_registro_copia", "action_ask_registro__copia__correo"} <= set(domain["actions"])
    assert not any(slot["influence_conversation"] for slot in domain["slots"].values())


def test_wordings_hold_the_words_of_their_families(data: Path) -> None:
    service = data / "services" / "registro" / "service.yml"
    worded = (
        "words: {papel: [papel, hoja]}\nprocedures:\n  pase: {names: [pase], wordings: [papel +de boda & =papel]}\n"
    )
    service.write_text(service.read_text(encoding="utf-8").replace("procedures:\n", worded), encoding="utf-8")
    compiled = compile_packs(load_packs(data))
    assert compiled.wordings["tramite"]["pase"] == ("papel|hoja +de boda & =papel",)
    assert compiled.wordings["tramite"]["acta_nacimiento"] == ()


def test_an_intent_uses_what_it_is_about_or_else_what_its_service_names() -> None:
    packs = load_packs(DATA)
    registro = next(pack for pack in packs if pack.id == "registro")
    more = replace(registro, id="mas", service="mas", entities={}, intents={}, forms={})
    streets = {"tipo_reporte": (Entry("bache", ("bache",)),)}
    told = Intent("mas", "costo", fact=True, about="tramite")
    asked = Intent("mas", "quejas", say="te_paso")
    more = replace(more, entities=streets, intents={"costo": told, "quejas": asked})
    uses = compile_packs([*packs, more]).uses
    assert uses["mas.costo"] == {"tramite": ()}
    assert uses["mas.quejas"] == {"tipo_reporte": ()}
    common = {"tipo_reporte": (), "tramite": ()}
    assert all(used == common for intent, used in uses.items() if intent.startswith("comun."))


def test_a_field_may_prefer_its_options() -> None:
    packs = load_packs(DATA)
    registro = next(pack for pack in packs if pack.id == "registro")
    form = registro.forms["copia"]
    which = replace(form.fields[0], options=(Option("Nacimiento", "acta_nacimiento"),), from_entity="tramite")
    for prefers, ids in ((False, ()), (True, ("acta_nacimiento",))):
        asks = Form("copia", (replace(which, prefers_options=prefers),), form.done, create="request")
        with_it = replace(registro, forms={"copia": asks})
        uses = compile_packs([with_it if pack is registro else pack for pack in packs]).uses
        assert uses["tramites.solicitar"]["tramite"] == ids


def test_the_rules_answer_open_and_end() -> None:
    rules = {rule["rule"]: rule for rule in compile_packs(load_packs(DATA)).rules}
    assert rules["tramites.costo se responde"]["steps"] == [{"intent": "tramites.costo"}, {"action": "action_answer"}]
    assert rules["tramites.solicitar abre form_registro_copia"]["steps"] == [
        {"intent": "tramites.solicitar"},
        {"action": "form_registro_copia"},
        {"active_loop": "form_registro_copia"},
    ]
    assert rules["form_registro_copia termina"] == {
        "rule": "form_registro_copia termina",
        "condition": [{"active_loop": "form_registro_copia"}],
        "steps": [
            {"action": "form_registro_copia"},
            {"active_loop": None},
            {"slot_was_set": [{"requested_slot": None}]},
            {"action": "action_form_done"},
        ],
    }


def test_the_helpers_agree_with_the_domain() -> None:
    packs = load_packs(DATA)
    domain, catalogue = compile_packs(packs).domain, merge(packs)
    for form in catalogue.forms:
        assert domain["forms"][form_action(form)]["required_slots"] == field_slots(catalogue, form)
    assert slot_name("registro.copia", "correo") == "registro__copia__correo"
    assert confirm_slot("registro.copia") in domain["slots"]


def test_what_nobody_understands_always_has_an_intent(data: Path) -> None:
    packs = [pack for pack in load_packs(data) if pack.id != "comun"]
    compiled = compile_packs(packs)
    assert {FALLBACK: {"use_entities": []}} in compiled.domain["intents"]
    assert any({"intent": FALLBACK} in rule["steps"] for rule in compiled.rules)


def test_an_empty_or_dangling_bot_is_refused() -> None:
    with pytest.raises(PackError, match="nunca se entrena un bot vacío"):
        compile_packs([])
    pack = load_packs(DATA, ["registro"])[1]
    broken = replace(pack, intents={"costo": Intent("tramites", "costo", say="nada")})
    with pytest.raises(PackError, match="no hay una respuesta 'nada'"):
        compile_packs([broken])


def test_the_fingerprint_follows_meaning_only(data: Path) -> None:
    packs = load_packs(data)
    before = compile_packs(packs).fingerprint
    assert compile_packs(reversed(packs)).fingerprint == before
    path = data / "services" / "registro" / "service.yml"
    path.write_text("# un comentario\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert compile_packs(load_packs(data)).fingerprint == before
    path.write_text(path.read_text(encoding="utf-8").replace("ya cerraron", "ya cerraron hoy"), encoding="utf-8")
    assert compile_packs(load_packs(data)).fingerprint != before


def test_the_shown_document_is_yaml_that_reads_back() -> None:
    compiled = compile_packs(load_packs(DATA))
    document = yaml.safe_load(yaml.safe_dump(as_rasa(compiled), allow_unicode=True))
    costs = next(part for part in document["nlu"] if part.get("intent") == "tramites.costo")
    assert costs["examples"].startswith("- cuanto cuesta el acta de nacimiento\n")
    assert {"synonym": "tramite.acta_nacimiento", "examples": "- acta de nacimiento\n- acta del niño\n"} in document[
        "nlu"
    ]


def test_rasa_yml_adds_and_never_takes_over(data: Path) -> None:
    extra = data / "services" / "registro" / "rasa.yml"
    extra.write_text(
        "actions: [action_saludo_propio]\n"
        "rules:\n- {rule: propio, steps: [{intent: comun.saludo}, {action: action_saludo_propio}]}\n",
        encoding="utf-8",
    )
    compiled = compile_packs(load_packs(data))
    assert "action_saludo_propio" in compiled.domain["actions"]
    assert compiled.rules[-1]["rule"] == "propio"
    for text, advice in (
        ("actions: [action_answer]", r"rasa\.yml: actions\.action_answer: ya sale de los servicios"),
        ("forms: [x]", "forms: tiene otra forma que en un dominio"),
        ("storys: []", "storys: clave desconocida"),
    ):
        extra.write_text(text, encoding="utf-8")
        with pytest.raises(PackError, match=advice):
            compile_packs(load_packs(data))
