"""Expressions of our own flows. Those of RapidPro's old versions stand beside its library in tests/bot."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.flows.expressions import functions
from backend.flows.expressions.evaluate import evaluate
from backend.flows.expressions.template import render, value_of
from backend.flows.expressions.values import Problem, Scope, Value, to_text

ZONE = ZoneInfo("America/Mexico_City")
CASES: dict[str, Any] = yaml.load((Path(__file__).parent / "expressions.yml").read_text("utf-8"), yaml.BaseLoader)
SCOPE = Scope(
    {**CASES["variables"], "webhook": yaml.safe_load(yaml.dump(CASES["variables"]["webhook"])) | {"success": True}},
    datetime(2026, 11, 22, 10, tzinfo=ZONE),
    ZONE,
    random.Random(3).random,
)


@pytest.mark.parametrize(("expression", "wanted"), CASES["values"].items())
def test_value(expression: str, wanted: str | list[str]) -> None:
    value = evaluate(expression, SCOPE)
    if isinstance(wanted, list):
        assert isinstance(value, Problem)
        assert wanted[0] in value.reason
    else:
        assert not isinstance(value, Problem), value
        assert to_text(value, SCOPE) == wanted


@pytest.mark.parametrize(("template", "wanted"), CASES["templates"].items())
def test_template(template: str, wanted: str) -> None:
    assert render(template, SCOPE).text == wanted


def test_a_template_that_is_one_expression_keeps_its_type() -> None:
    assert value_of("@(today() + 1)", SCOPE) == datetime(2026, 11, 23).date()
    assert value_of("x @(1 + 1)", SCOPE) == "x 2"


SIGNS = '"(),.[]+-*/^&<= @\\á'
PIECES = st.sampled_from(["contact", "fields.parto", "1", "99999999999", *SIGNS, *sorted(functions.names("goflow"))])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join), st.sampled_from(["excel", "goflow"]))
def test_whatever_is_written_never_raises(text: str, dialect: Any) -> None:
    scope = Scope(SCOPE.variables, SCOPE.now, ZONE, SCOPE.dice, dialect)
    value: Value | Problem = evaluate(text, scope)
    assert isinstance(value, Problem) or len(to_text(value, scope)) < 20_000
    render(f"Hola @({text}) @contact.{text}", scope)
