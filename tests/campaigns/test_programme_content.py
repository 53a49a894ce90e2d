"""The programme of salud_materna owes its readers what programme_demands.yml lists, and the linter sees what breaks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from backend.campaigns.programme import Event, Programme, load_programmes
from backend.campaigns.programme_lint import check_programme_files, check_programmes, check_wording, weekly, wordings
from backend.campaigns.readability import ease, syllables
from backend.contacts.fields import load_fields
from backend.flows.check import check_flows
from backend.flows.check_words import filled
from backend.flows.load import load_flows
from backend.flows.texts import said
from backend.flows.texts import wordings as flow_wordings
from bot.packs.check_texts import Allowed, digits
from bot.packs.load import load_phones
from bot.safety import read
from channels.text import segments, transliterate

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "data"
ALLOWED = Allowed((), frozenset(digits(phone.number) for phone in load_phones(DATA)))
PROGRAMMES = {programme.key: programme for programme in load_programmes(DATA)}
FIELDS = {field.key for field in load_fields(DATA)}
HEALTH = [programme for programme in PROGRAMMES.values() if programme.health]
DEMANDS: dict[str, Any] = yaml.safe_load((HERE / "programme_demands.yml").read_text(encoding="utf-8"))
FAULTS: list[dict[str, Any]] = yaml.safe_load((HERE / "programme_faults.yml").read_text(encoding="utf-8"))
SIGNS = [
    (programme, sign)
    for programme, signs in yaml.safe_load((HERE / "programme_signs.yml").read_text(encoding="utf-8")).items()
    for sign in signs
]


def test_the_texts_have_no_fault() -> None:
    assert [str(fault) for fault in check_programme_files(DATA, "ejemplo", FIELDS)] == []


def test_its_flows_have_no_fault_and_hold_their_conversations() -> None:
    found = [str(fault) for fault in check_flows(DATA, "ejemplo")]
    assert [fault for fault in found if "salud_materna" in fault] == []


def test_every_message_costs_one_segment_and_keeps_its_letters() -> None:
    for programme in PROGRAMMES.values():
        for one in wordings(programme):
            sent = transliterate(one.text)
            assert segments(sent).count == 1, one.key
            assert sent.count("ñ") == one.text.count("ñ"), one.key


def test_what_its_flows_say_is_as_short_and_easy() -> None:
    found = [
        str(fault)
        for flow in load_flows(DATA).values()
        for step, words in said(flow)
        for name, text in flow_wordings(words)
        for fault in check_wording(flow.id, f"{step.id}.{name}", filled(text), ALLOWED)
        if flow.id.startswith("salud_materna/")
    ]
    assert found == []


@pytest.mark.parametrize("demand", DEMANDS["weekly"], ids=lambda demand: f"{demand['programme']} {demand['weeks']}")
def test_no_week_is_short(demand: dict[str, Any]) -> None:
    found, (first, last) = weekly(PROGRAMMES[demand["programme"]]), demand["weeks"]
    assert {week: found[week] for week in range(first, last + 1) if found[week] < demand["at_least"]} == {}


@pytest.mark.parametrize("demand", DEMANDS["often"], ids=lambda demand: f"{demand['programme']} {demand['saying']}")
def test_what_matters_is_said_often(demand: dict[str, Any]) -> None:
    said = {week for week, number in weekly(PROGRAMMES[demand["programme"]], demand["saying"]).items() if number}
    first, last = demand["weeks"]
    stretches = [range(week, week + demand["every"]) for week in range(first, last - demand["every"] + 2)]
    assert [(stretch[0], stretch[-1]) for stretch in stretches if said.isdisjoint(stretch)] == []


@pytest.mark.parametrize(
    ("programme", "sign"), SIGNS, ids=lambda part: part if isinstance(part, str) else part["named"]
)
def test_a_sign_that_is_taught_is_heard_when_she_writes_it(programme: str, sign: dict[str, str]) -> None:
    assert any(re.search(sign["named"], one.text) for one in wordings(PROGRAMMES[programme]))
    heard = read(sign["said"])
    assert heard is not None and heard.danger


@pytest.mark.parametrize("demand", DEMANDS["asked"], ids=lambda demand: f"{demand['programme']} {demand['flow']}")
def test_questions_are_asked(demand: dict[str, Any]) -> None:
    events = PROGRAMMES[demand["programme"]].events
    assert sum(event.flow == demand["flow"] for event in events) >= demand["at_least"]


@pytest.mark.parametrize("pair", DEMANDS["together"], ids=" ".join)
def test_programmes_that_go_together_take_turns(pair: list[str]) -> None:
    one, other = ({said.event.days for said in wordings(PROGRAMMES[key])} for key in pair)
    assert one & other == set()


def test_twenty_messages_have_two_wordings() -> None:
    assert sum(len(event.arms) == 2 for programme in HEALTH for event in programme.events) >= 20


@pytest.mark.parametrize("programme", HEALTH, ids=lambda programme: programme.key)
def test_health_texts_are_not_signed_by_whoever_wrote_them(programme: Programme) -> None:
    assert programme.unsigned
    assert programme.source == "pending"


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.get("title") or row["text"])
def test_fault(row: dict[str, Any]) -> None:
    programme = Programme("prueba.una", "Prueba", (Event("m1", text=row["text"].strip()),))
    found = [fault.advice for fault in check_programmes([programme], ALLOWED, (), fields=["nombre"])]
    if row["fault"] is None:
        assert found == []
    else:
        assert any(row["fault"] in advice for advice in found), found


def test_faults_between_messages() -> None:
    one = Event("m1", days=1, text="Lleva tu cartilla a la consulta de mañana.")
    again = Event("m2", days=1, text="A la consulta de mañana lleva tu cartilla.")
    asks = Event("m3", days=1, flow="no_existe")
    programmes = [
        Programme("prueba.una", "Una", (one, again, asks), health=True, reviewed_by="Dra. Ejemplo"),
        Programme("prueba.otra", "Otra", (Event("m1", text="Hoy ríe con alguien que quieras mucho."),)),
    ]
    assert [str(fault) for fault in check_programmes(programmes, ALLOWED, ())] == [
        "prueba.una: reviewed_by: está firmado sin decir de dónde salen los textos (source)",
        "prueba.una: m1: cae el mismo día que otro mensaje; cambia uno de día",
        "prueba.una: m2: cae el mismo día que otro mensaje; cambia uno de día",
        "prueba.una: m3: no existe el flujo no_existe",
        "prueba.otra: m1: ese id ya está en prueba.una",
        "prueba.una: m2: dice casi lo mismo que m1",
    ]


def test_arms_of_one_message_may_be_alike() -> None:
    event = Event("m1", arms=(("a", "Toma agua hoy, un vaso más."), ("b", "Toma agua hoy, un vaso más. ¡Tú puedes!")))
    assert check_programmes([Programme("prueba.una", "Una", (event,))], ALLOWED, ()) == []


SYLLABLES = {
    "agua": 2, "cuidar": 2, "día": 2, "también": 2, "leer": 2, "quiere": 2, "guía": 2, "muy": 1, "hay": 1, "ayuda": 3,
    "vergüenza": 3, "y": 1, "ahí": 2, "aún": 2, "urgencias": 3, "leíste": 3, "oír": 2, "hueso": 2, "ciudad": 2,
    "embarazo": 4, "guerra": 2, "yeso": 2, "peque": 2, "averigüéis": 4, "niñez": 2, "911": 1,
}  # fmt: skip


@pytest.mark.parametrize(("word", "number"), SYLLABLES.items())
def test_syllables(word: str, number: int) -> None:
    assert syllables(word) == number


def test_shorter_words_and_sentences_read_easier() -> None:
    easy, hard = "Toma agua. Come bien.", "La hidratación adecuada favorece considerablemente la gestación."
    assert ease(easy) > 80 > 40 > ease(hard)
    assert ease("800 628 3762") == 100
