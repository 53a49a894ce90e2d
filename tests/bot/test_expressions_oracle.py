"""Our expressions beside `rapidpro-expressions`, the library of RapidPro itself, which runs on this Python only."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytz
import yaml
from temba_expressions import EvaluationError
from temba_expressions.conversions import to_string
from temba_expressions.dates import DateStyle
from temba_expressions.evaluator import EvaluationContext, Evaluator

from backend.flows.expressions.evaluate import evaluate
from backend.flows.expressions.template import TOP_LEVELS, render
from backend.flows.expressions.values import DEFAULT, Problem, Scope, to_text

CASES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "expressions.yml").read_text(encoding="utf-8"))
NOW = datetime(2016, 11, 22, 16, tzinfo=timezone.utc)
ORACLE = Evaluator(allowed_top_levels=tuple(TOP_LEVELS))


def ours() -> Scope:
    return Scope(_named(CASES["variables"]), NOW, ZoneInfo(CASES["timezone"]), random.Random(7).random, "excel")


def _named(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {DEFAULT if key == "*" else key: _named(item) for key, item in value.items()}


def theirs() -> EvaluationContext:
    return EvaluationContext(CASES["variables"], pytz.timezone(CASES["timezone"]), DateStyle.DAY_FIRST, NOW)


def oracle(expression: str) -> str | None:
    """What the library makes of an expression; None where it has no value."""
    context = theirs()
    try:
        return str(to_string(ORACLE.evaluate_expression(expression, context), context))
    except EvaluationError:
        return None


@pytest.mark.parametrize("expression", CASES["expressions"])
def test_expression(expression: str) -> None:
    value = evaluate(expression, ours())
    assert (None if isinstance(value, Problem) else to_text(value, ours())) == oracle(expression)


@pytest.mark.parametrize("template", CASES["templates"])
def test_template(template: str) -> None:
    text, errors = ORACLE.evaluate_template(template, theirs())
    assert errors == []
    assert render(template, ours()).text == text


def test_arithmetic_of_any_shape() -> None:
    """Sums of chance, with brackets and signs."""
    dice = random.Random(11)
    for _ in range(300):
        expression = _sum(dice, 3)
        wanted, got = oracle(expression), evaluate(expression, ours())
        if wanted is None:
            assert isinstance(got, Problem), expression
        else:
            assert isinstance(got, Decimal), expression
            assert abs(got - Decimal(wanted)) <= abs(Decimal(wanted)) * Decimal("1e-12"), expression


def _sum(dice: random.Random, depth: int) -> str:
    if depth == 0:
        return str(dice.choice([0, 1, 2, 3, 7, 10, 0.5, 2.25]))
    if dice.random() < 0.15:
        return f"-{_sum(dice, depth - 1)}"
    words = f"{_sum(dice, depth - 1)} {dice.choice('+-*/')} {_sum(dice, depth - 1)}"
    return f"({words})" if dice.random() < 0.6 else words


def test_chance_is_between_its_bounds_on_both_sides() -> None:
    for expression, low, high in (("RAND()", 0, 1), ("RANDBETWEEN(1, 8)", 1, 8)):
        assert low <= Decimal(oracle(expression) or "-1") <= high
        value = evaluate(expression, ours())
        assert isinstance(value, Decimal)
        assert low <= value <= high
