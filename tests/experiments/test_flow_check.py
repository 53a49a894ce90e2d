"""Protocols and flows that do not speak of the same things are noticed before anybody is assigned."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from backend.experiments.flow_check import flow_faults
from backend.flows.load import read_files
from tests.experiments.study import BY_PERSON, TREATED

FLOW = """
title: Señales
steps:
  pregunta:
    ask: {text: ¿Las conoces?, arms: {%s}}
    expect: yes_no
    result: %s
  fin:
    outcome: {name: %s, value: '5'}
    say: Gracias.
"""
RIGHT = ("tono: {informa: ¿Sabes?, invita: ¿Y tú?}", "sabe", "trato")


def said(folder: Path, *written: str) -> str:
    path = folder / "salud" / "flows" / "senales.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FLOW % written, encoding="utf-8")
    flows, faults = read_files([path])
    assert faults == []
    return "\n".join(str(fault) for fault in flow_faults([BY_PERSON], flows))


def test_what_fits_is_not_mentioned(tmp_path: Path) -> None:
    assert said(tmp_path, *RIGHT) == ""
    assert flow_faults([replace(BY_PERSON, outcomes=(replace(TREATED, kind="attendance"),))], {}) == []


def test_what_does_not_fit_is_told_with_its_place(tmp_path: Path) -> None:
    strange = said(tmp_path, "tonos: {a: x}", *RIGHT[1:])
    assert strange == (
        "salud/senales: steps.pregunta.arms.tonos: no hay un estudio con ese nombre; ¿quisiste decir 'tono'?"
    )
    assert "steps.pregunta.arms.tono.invitan: ese brazo no existe" in said(tmp_path, "tono: {invitan: x}", *RIGHT[1:])
    assert "outcomes.sabe: el flujo 'senales' no existe o no tiene 'sabe'" in said(tmp_path, RIGHT[0], "otra", "trato")
    liked = replace(BY_PERSON, outcomes=(replace(TREATED, answer="gusto"),))
    assert "outcomes.trato: ningún flujo guarda el resultado 'gusto'" in str(flow_faults([liked], {})[0])
