"""The value of an expression in a scope."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, DecimalException, localcontext
from functools import partial

from backend.flows.expressions.functions import call
from backend.flows.expressions.syntax import Call, Literal, Lookup, Negative, Node, Reference, parse
from backend.flows.expressions.values import (
    LONGEST_TEXT,
    ExpressionError,
    Problem,
    Scope,
    Value,
    plain,
    same_kind,
    settled,
    to_moment,
    to_number,
    to_temporal,
    to_text,
    to_whole,
)

__all__ = ["evaluate"]

_PRECISION = 28


def evaluate(expression: str, scope: Scope) -> Value | Problem:
    """The value of an expression (without its `@`), or the Problem that it has; never an exception."""
    try:
        with localcontext() as context:
            context.prec = _PRECISION
            return _value(parse(expression, scope.dialect), scope)
    except ExpressionError as error:
        return Problem(expression, str(error))
    except (ArithmeticError, DecimalException, ValueError, OverflowError, RecursionError) as error:
        return Problem(expression, f"no se puede calcular ({type(error).__name__})")


def _value(node: Node, scope: Scope) -> Value:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Reference):
        return _reference(node.path, scope)
    if isinstance(node, Lookup):
        return _part(_value(node.value, scope), _key(_value(node.key, scope), scope))
    if isinstance(node, Negative):
        return -to_number(_value(node.value, scope), scope)
    if isinstance(node, Call):
        return call(node.name, [partial(_value, part, scope) for part in node.arguments], scope)
    return _OPERATIONS[node.operator](_value(node.left, scope), _value(node.right, scope), scope)


def _reference(path: tuple[str, ...], scope: Scope) -> Value:
    value: Value = scope.variables
    for depth, name in enumerate(path):
        if isinstance(value, Mapping) and name in value:
            value = settled(value[name])
        elif depth == 0:
            raise ExpressionError(f"no existe {name}")
        else:
            value = _part(value, name)
    return value


def _part(value: Value, key: str) -> Value:
    """A part of a value. What a person has not told yet is empty, not a fault."""
    if isinstance(value, Mapping):
        return settled(value.get(key))
    if isinstance(value, Sequence) and not isinstance(value, str):
        try:
            return settled(value[int(key)])
        except (ValueError, IndexError):
            raise ExpressionError(f"no hay elemento {key}") from None
    if value is None or value == "":
        return None
    if key in ("value", "text", "category"):  # of a result that was kept as a plain value
        return value
    raise ExpressionError(f"no tiene {key}")


def _key(value: Value, scope: Scope) -> str:
    return to_text(value, scope).lower()


def _power(left: Value, right: Value, scope: Scope) -> Value:
    return Decimal(str(math.pow(to_number(left, scope), to_number(right, scope))))


def _times(left: Value, right: Value, scope: Scope) -> Value:
    return to_number(left, scope) * to_number(right, scope)


def _divided(left: Value, right: Value, scope: Scope) -> Value:
    divisor = to_number(right, scope)
    if divisor == 0:
        raise ExpressionError("divide entre cero")
    return to_number(left, scope) / divisor


def _plus(left: Value, right: Value, scope: Scope) -> Value:
    return _sum(left, right, 1, scope)


def _minus(left: Value, right: Value, scope: Scope) -> Value:
    return _sum(left, right, -1, scope)


def _sum(left: Value, right: Value, sign: int, scope: Scope) -> Value:
    """Numbers, or a date and days, or a date and hours; the difference of two dates is a number of days."""
    try:
        return to_number(left, scope) + sign * to_number(right, scope)
    except ExpressionError:
        pass
    start = to_temporal(left, scope)
    right = plain(right)
    if isinstance(right, time):
        span = timedelta(hours=right.hour, minutes=right.minute, seconds=right.second)
        return to_moment(start, scope) + sign * span
    if sign < 0 and isinstance(right, (date, datetime)):
        return _days_between(start, right, scope)
    try:
        days = to_whole(right, scope)
    except ExpressionError:
        if sign > 0 or not isinstance(right, str):
            raise
        return _days_between(start, to_temporal(right, scope), scope)
    return start + sign * timedelta(days=days)


def _days_between(start: date | datetime, end: date | datetime, scope: Scope) -> Decimal:
    days = (to_moment(start, scope) - to_moment(end, scope)) / timedelta(days=1)
    return Decimal(str(days)).quantize(Decimal(1), ROUND_HALF_UP)


def _joined(left: Value, right: Value, scope: Scope) -> Value:
    text = to_text(left, scope) + to_text(right, scope)
    if len(text) > LONGEST_TEXT:
        raise ExpressionError("el texto es demasiado largo")
    return text


def _comparison(fits: Callable[[int], bool]) -> Callable[[Value, Value, Scope], Value]:
    def compare(left: Value, right: Value, scope: Scope) -> Value:
        one, two = same_kind(left, right, scope)
        return fits((one > two) - (one < two))  # type: ignore[operator]  # same_kind made them comparable

    return compare


_OPERATIONS: Mapping[str, Callable[[Value, Value, Scope], Value]] = {
    "^": _power,
    "*": _times,
    "/": _divided,
    "+": _plus,
    "-": _minus,
    "&": _joined,
    "=": _comparison(lambda order: order == 0),
    "!=": _comparison(lambda order: order != 0),
    "<>": _comparison(lambda order: order != 0),
    "<": _comparison(lambda order: order < 0),
    "<=": _comparison(lambda order: order <= 0),
    ">": _comparison(lambda order: order > 0),
    ">=": _comparison(lambda order: order >= 0),
}
