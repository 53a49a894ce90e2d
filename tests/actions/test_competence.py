"""What another authority looks after, or what lies in another municipality, is told apart before a folio is given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.after_alarm import go_on
from actions.competence import department
from actions.content import Content, installed_content
from actions.forms import Step, begin
from actions.heard import Heard
from bot.packs.compile import form_action

REPORT = form_action("municipio.reporte")
FEDERAL = "otro: la dependencia federal que cuida la carretera"
GUADALAJARA = {"municipio": "Guadalajara, Jalisco"}


def town(**competences: str) -> Content:
    """The example's content, with other competences."""
    content = installed_content()
    ours = content.jurisdictions["ejemplo"]
    changed = replace(ours, competences={**ours.competences, **competences})
    return replace(content, jurisdictions={"ejemplo": changed})


def heard(text: str, **entities: Any) -> Heard:
    return Heard(text, "municipio.reportar", entities=entities, jurisdiction="ejemplo")


def opened(content: Content, said: Heard) -> Step:
    return begin(content, content.forms[REPORT], said, {})


def at_the_place(content: Content, said: Heard, misread: int = 0) -> Step:
    form = content.forms[REPORT]
    memory = {form.slot("tipo_reporte"): "bache", "misunderstandings": misread}
    return go_on(content, form, "lugar", replace(said, intent="comun.fuera_de_alcance"), memory)


def test_another_authority_is_named_before_anything_more_is_asked() -> None:
    step = opened(town(bache=FEDERAL), heard("hay un bache", tipo_reporte="bache"))
    assert (step.ask, step.over) == (None, "refused")
    assert "De eso se encarga la dependencia federal que cuida la carretera" in step.replies[0].text
    assert all(value is None for value in step.slots.values()), "nothing is left for the next report"


def test_what_is_ours_goes_on_to_the_place() -> None:
    step = opened(town(bache=FEDERAL), heard("hay basura", tipo_reporte="basura"))
    assert (step.replies, step.ask, step.over) == ((), "lugar", None)


@pytest.mark.parametrize(
    ("kind", "goes_to"), [("bache", "obras-publicas"), ("basura", "servicios-publicos"), (None, "the-owner")]
)
def test_the_competent_department_gets_the_record(kind: str | None, goes_to: str) -> None:
    assert department(town(), heard(""), kind, "the-owner") == goes_to


def test_a_place_in_another_municipality_is_asked_again() -> None:
    step = at_the_place(town(), heard("calle Sol 5, Guadalajara, Jalisco", **GUADALAJARA))
    assert (step.ask, step.over) == ("lugar", None)
    assert "parece de Guadalajara, Jalisco" in step.replies[0].text


def test_the_third_time_a_person_is_offered() -> None:
    step = at_the_place(town(), heard("calle Sol 5, Guadalajara, Jalisco", **GUADALAJARA), misread=2)
    assert "una persona" in step.replies[0].text


def test_a_first_message_that_names_one_is_told_and_the_place_asked() -> None:
    step = opened(town(), heard("hay un bache en Guadalajara", tipo_reporte="bache", **GUADALAJARA))
    assert "parece de Guadalajara, Jalisco" in step.replies[0].text
    assert step.ask == "lugar"


@pytest.mark.parametrize("entities", [{}, {"municipio": "Ejemplo, Estado de Ejemplo"}])
def test_a_place_of_ours_is_taken(entities: dict[str, str]) -> None:
    assert at_the_place(town(), heard("calle Hidalgo 120 colonia Centro", **entities)).ask == "descripcion"


def test_a_government_that_names_no_municipality_takes_every_place() -> None:
    content = town()
    ours = content.jurisdictions["ejemplo"]
    anywhere = replace(ours, institution=replace(ours.institution, municipalities=()))
    content = replace(content, jurisdictions={"ejemplo": anywhere})
    assert at_the_place(content, heard("calle Sol 5, Guadalajara, Jalisco", **GUADALAJARA)).ask == "descripcion"
