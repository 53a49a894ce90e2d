"""Arithmetic and chance. Chance comes from the scope's seeded dice, so a run can be played again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, ROUND_UP, Decimal

from backend.flows.expressions.values import (
    ExpressionError,
    Scope,
    Value,
    number_text,
    plain,
    settled,
    to_number,
    to_whole,
)

_MOST_DIGITS = 20


def _rounding(mode: str) -> Callable[[Scope, Value, Value], Value]:
    def rounded(scope: Scope, number: Value, digits: Value = Decimal(0)) -> Value:
        places = to_whole(digits, scope)
        if abs(places) > _MOST_DIGITS:
            raise ExpressionError("son demasiados decimales")
        unit = Decimal(1).scaleb(-places)
        return (to_number(number, scope) / unit).to_integral_value(mode) * unit

    return rounded


_round = _rounding(ROUND_HALF_UP)


def _floor(scope: Scope, number: Value) -> Value:
    return to_number(number, scope).to_integral_value(ROUND_FLOOR)


def _mod(scope: Scope, number: Value, divisor: Value) -> Value:
    one, two = to_number(number, scope), to_number(divisor, scope)
    if two == 0:
        raise ExpressionError("divide entre cero")
    return one - two * (one / two).to_integral_value(ROUND_FLOOR)


def _power(scope: Scope, number: Value, power: Value) -> Value:
    return Decimal(str(float(to_number(number, scope)) ** float(to_number(power, scope))))


def _exp(scope: Scope, number: Value) -> Value:
    return to_number(number, scope).exp()


def _numbers(scope: Scope, values: tuple[Value, ...]) -> list[Decimal]:
    if not values:
        raise ExpressionError("faltan números")
    listed = [settled(item) for value in values for item in _items(value)]
    return [to_number(value, scope) for value in listed]


def _items(value: Value) -> Sequence[object]:
    value = plain(value)
    return value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)


def _average(scope: Scope, *values: Value) -> Value:
    numbers = _numbers(scope, values)
    return sum(numbers, Decimal(0)) / len(numbers)


def _rand(scope: Scope) -> Value:
    return Decimal(str(scope.dice()))


def _rand_between(scope: Scope, bottom: Value, top: Value) -> Value:
    low, high = to_whole(bottom, scope), to_whole(top, scope)
    if low > high:
        raise ExpressionError("el primer número es mayor que el segundo")
    return Decimal(low + int(scope.dice() * (high - low + 1)))


def _fixed(scope: Scope, number: Value, decimals: Value = Decimal(2), no_commas: Value = False) -> Value:
    value = to_number(_round(scope, number, decimals), scope)
    places = max(0, to_whole(decimals, scope))
    return f"{value:.{places}f}" if plain(no_commas) is True else f"{value:,.{places}f}"


def _format_number(scope: Scope, number: Value, places: Value = None, commas: Value = True) -> Value:
    value = to_number(number, scope)
    if places is None:
        text = number_text(value)
        whole, _, rest = text.partition(".")
        shown = f"{int(whole):,}" if plain(commas) is not False else whole
        return f"{shown}.{rest}" if rest else shown
    return _fixed(scope, value, places, plain(commas) is False)


def _percent(scope: Scope, number: Value) -> Value:
    return f"{(to_number(number, scope) * 100).to_integral_value(ROUND_HALF_UP):f}%"


SHARED: Mapping[str, Callable[..., Value]] = {
    "abs": lambda scope, number: abs(to_number(number, scope)),
    "max": lambda scope, *values: max(_numbers(scope, values)),
    "min": lambda scope, *values: min(_numbers(scope, values)),
    "sum": lambda scope, *values: sum(_numbers(scope, values), Decimal(0)),
    "mod": _mod,
    "power": _power,
    "exp": _exp,
    "rand": _rand,
    "percent": _percent,
    "fixed": _fixed,
    "format_number": _format_number,
    "number": lambda scope, value: to_number(value, scope),
}
EXCEL: Mapping[str, Callable[..., Value]] = {
    "average": _average,
    "int": _floor,
    "trunc": lambda scope, number: to_number(number, scope).to_integral_value(ROUND_DOWN),
    "randbetween": _rand_between,
    "round": _round,
    "rounddown": _rounding(ROUND_DOWN),
    "roundup": _rounding(ROUND_UP),
}
GOFLOW: Mapping[str, Callable[..., Value]] = {
    "mean": _average,
    "rand_between": _rand_between,
    "round": _round,
    "round_down": _rounding(ROUND_FLOOR),
    "round_up": _rounding(ROUND_CEILING),
}
